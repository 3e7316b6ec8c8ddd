using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Forward pass of one image and head a task. Up to <see cref="KeyLimit"/> keys the softmax of a query block is done in one
/// piece; beyond, key blocks are joined by the online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867).</summary>
internal unsafe struct AttentionForwardKernel : ISimdKernel
{
    // Keys whose scores for one query block (32 queries at 512 bits) stay in a 48 KB first-level cache.
    private const int KeyLimit = 320;

    public AttentionShape Shape;
    public float* Qkv;
    public float* Y;
    public float* LogSumExp;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        for (var task = from; task < to; task++)
            Head<S, V>(task);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Head<S, V>(int task) where S : struct, ISimd<V> where V : unmanaged
    {
        var (tokens, size, padded) = (Shape.Tokens, Shape.HeadSize, Shape.Padded(S.Lanes));
        var block = AttentionShape.QueryVectors * S.Lanes;
        var keyBlock = Shape.KeyBlock(KeyLimit);
        var scratch = LaneScratch.Floats(
            ScratchSlot.Attention, (nint)block * (size + keyBlock + 4) + 2L * tokens * padded + tokens + S.Lanes);
        var state = new QueryBlock { Scores = scratch, QueriesT = scratch + (nint)keyBlock * block };
        state.Highest = state.QueriesT + (nint)size * block;
        state.Sums = state.Highest + block;
        state.Keep = state.Sums + block;
        state.Gain = state.Keep + block;
        var copies = state.Gain + block;
        var row = copies + 2 * (nint)tokens * padded;
        var queries = Shape.Part(Qkv, task, 0);
        state.Keys = Shape.Part(Qkv, task, 1);
        state.Values = Shape.Part(Qkv, task, 2);
        if (state.Keys.Collide)
            state.Keys = state.Keys.Copy<S, V>(tokens, size, padded, copies);
        if (state.Values.Collide || padded != size) // as a right operand they are read in whole vectors
            state.Values = state.Values.Copy<S, V>(tokens, size, padded, copies + (nint)tokens * padded);
        var y = Shape.Output(Y, task);
        var logSumExp = LogSumExp + (nint)task * tokens;
        var factor = Shape.Scale * ScoreExponential.Log2OfE;
        var blocked = Shape.BlockedQueries(S.Lanes);
        for (var query = 0; query < blocked; query += block)
        {
            var count = Math.Min(block, blocked - query);
            var vectors = (count + S.Lanes - 1) / S.Lanes;
            queries.Transpose<S, V>(query, count, size, factor, state.QueriesT, block);
            for (var key = 0; key < tokens; key += keyBlock)
            {
                var keys = Math.Min(keyBlock, tokens - key);
                AttentionTile.Product<S, V, StoreEnd>(
                    state.Keys[key], state.Keys.Stride, 1, state.QueriesT, block, size, keys, vectors,
                    new StoreEnd { Destination = state.Scores, Stride = block });
                for (var vector = 0; vector < vectors; vector++)
                    Softmax<S, V>(state, vector * S.Lanes, block, keys, key == 0);
                AttentionTile.Product<S, V, WeighedRowsEnd>(
                    state.Scores, 1, block, state.Values[key], state.Values.Stride, keys, count, padded / S.Lanes,
                    new WeighedRowsEnd
                    {
                        Destination = y[query], Stride = y.Stride, Columns = size,
                        Keep = state.Keep, Gain = state.Gain, First = key == 0,
                    });
            }

            for (var at = 0; at < count; at += S.Lanes)
            {
                var result = S.FusedMultiplyAdd(
                    S.Load(state.Highest + at), S.Broadcast(ScoreExponential.Ln2), VectorMath.Log<S, V>(S.Load(state.Sums + at)));
                if (count - at >= S.Lanes)
                    S.Store(logSumExp + query + at, result);
                else
                    S.StorePartial(logSumExp + query + at, result, count - at);
            }
        }

        for (var query = blocked; query < tokens; query++)
            logSumExp[query] = SingleQuery.Forward<S, V>(queries[query], state.Keys, state.Values, tokens, size, factor, row, y[query]);
    }

    // Replaces one vector of queries' scores by 2^(score − highest), and sets what the output rows so far and the new ones are to be
    // multiplied by to keep the output normalised.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Softmax<S, V>(in QueryBlock state, int at, nint stride, int keys, bool first)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var scores = state.Scores + at;
        var highest = first ? S.Load(scores) : S.Load(state.Highest + at);
        var other = highest; // two chains of maxima
        for (var key = 0; key < keys - 1; key += 2)
        {
            highest = S.Max(highest, S.Load(scores + key * stride));
            other = S.Max(other, S.Load(scores + (key + 1) * stride));
        }

        highest = S.Max(S.Max(highest, other), S.Load(scores + (keys - 1) * stride));
        var sum = S.Zero;
        for (var key = 0; key < keys; key++)
        {
            var p = ScoreExponential.PowerOfTwo<S, V>(S.Subtract(S.Load(scores + key * stride), highest));
            sum = S.Add(sum, p);
            S.Store(scores + key * stride, p);
        }

        var kept = S.Zero;
        if (!first)
        {
            kept = S.Multiply(S.Load(state.Sums + at), ScoreExponential.PowerOfTwo<S, V>(S.Subtract(S.Load(state.Highest + at), highest)));
            sum = S.Add(sum, kept);
        }

        S.Store(state.Highest + at, highest);
        S.Store(state.Sums + at, sum);
        S.Store(state.Keep + at, S.Divide(kept, sum));
        S.Store(state.Gain + at, S.Divide(S.Broadcast(1f), sum));
    }

    private struct QueryBlock
    {
        public HeadRows Keys, Values;
        public float* Scores; // [keys][queries]
        public float* QueriesT; // [headSize][queries], times scale·log2(e)
        public float* Highest, Sums, Keep, Gain; // [queries]
    }
}
