using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Forward pass of one image and narrow head a task, with vectors along the queries: per vector of queries, the scores of a block
/// of keys go to scratch on the way to their maximum, then exponentials and weighted values are summed in registers. Further blocks
/// of keys are joined by the online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867).</summary>
internal unsafe struct NarrowForwardKernel : ISimdKernel
{
    private const int KeyLimit = 320; // scores of a vector of queries: 20 KB at 512 bits

    public AttentionShape Shape;
    public float* Qkv;
    public float* Y;
    public float* LogSumExp;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        var (tokens, size) = (Shape.Tokens, Shape.HeadSize);
        var padded = NarrowHead.Padded(tokens, S.Lanes);
        var keyBlock = Shape.KeyBlock(KeyLimit);
        var wide = (nint)NarrowHead.Size * padded;
        var blocked = Shape.BlockedQueries(S.Lanes);
        var keys = LaneScratch.Floats(ScratchSlot.Attention, 4 * wide + (nint)keyBlock * S.Lanes + padded);
        var values = keys + wide;
        var queriesT = values + wide;
        var outputT = queriesT + wide;
        var scores = outputT + wide;
        var row = scores + (nint)keyBlock * S.Lanes;
        var factor = Shape.Scale * ScoreExponential.Log2OfE;
        for (var task = from; task < to; task++)
        {
            var queries = Shape.Part(Qkv, task, 0);
            var y = Shape.Output(Y, task);
            NarrowHead.GatherTransposed<S, V>(queries, blocked, size, factor, queriesT, padded);
            NarrowHead.Gather(Shape.Part(Qkv, task, 1), tokens, size, keys);
            NarrowHead.Gather(Shape.Part(Qkv, task, 2), tokens, size, values);
            var logSumExp = LogSumExp + (nint)task * tokens;
            for (var query = 0; query < blocked; query += S.Lanes)
            {
                V highest = S.Broadcast(float.NegativeInfinity), sum = S.Zero;
                for (var key = 0; key < tokens; key += keyBlock)
                {
                    var count = Math.Min(keyBlock, tokens - key);
                    var before = highest;
                    highest = Scores<S, V>(queriesT + query, padded, keys + key * NarrowHead.Size, count, scores, highest);
                    var kept = key == 0 ? S.Zero : ScoreExponential.PowerOfTwo<S, V>(S.Subtract(before, highest));
                    sum = S.FusedMultiplyAdd(
                        sum, kept, Weigh<S, V>(scores, count, highest, values + key * NarrowHead.Size, kept, key == 0, outputT + query, padded));
                }

                Normalise<S, V>(outputT + query, padded, S.Divide(S.Broadcast(1f), sum));
                var result = S.FusedMultiplyAdd(highest, S.Broadcast(ScoreExponential.Ln2), VectorMath.Log<S, V>(sum));
                S.StorePartial(logSumExp + query, result, Math.Min(S.Lanes, tokens - query));
            }

            y.TransposeBack<S, V>(outputT, padded, 0, blocked, size);
            var (keyRows, valueRows) = (new HeadRows(keys, NarrowHead.Size), new HeadRows(values, NarrowHead.Size));
            for (var query = blocked; query < tokens; query++)
                logSumExp[query] = SingleQuery.Forward<S, V>(queries[query], keyRows, valueRows, tokens, size, factor, row, y[query]);
        }
    }

    // Scores of one vector of queries against each key; returns the highest so far of each query.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static V Scores<S, V>(float* queriesT, nint padded, float* key, int count, float* scores, V highest)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        V q0 = S.Load(queriesT), q1 = S.Load(queriesT + padded), q2 = S.Load(queriesT + 2 * padded), q3 = S.Load(queriesT + 3 * padded);
        queriesT += 4 * padded;
        V q4 = S.Load(queriesT), q5 = S.Load(queriesT + padded), q6 = S.Load(queriesT + 2 * padded), q7 = S.Load(queriesT + 3 * padded);
        for (; count > 0; count--, key += NarrowHead.Size, scores += S.Lanes)
        {
            var score = NarrowHead.Dot<S, V>(S.Zero, q0, q1, q2, q3, q4, q5, q6, q7, key);
            S.Store(scores, score);
            highest = S.Max(highest, score);
        }

        return highest;
    }

    // Adds 2^(score − highest) times the values to the output, which is multiplied by kept first; returns the sum of the weights.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static V Weigh<S, V>(float* scores, int count, V highest, float* value, V kept, bool first, float* outputT, nint padded)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var upper = outputT + 4 * padded;
        V o0 = S.Zero, o1 = S.Zero, o2 = S.Zero, o3 = S.Zero, o4 = S.Zero, o5 = S.Zero, o6 = S.Zero, o7 = S.Zero;
        if (!first)
        {
            o0 = S.Multiply(kept, S.Load(outputT));
            o1 = S.Multiply(kept, S.Load(outputT + padded));
            o2 = S.Multiply(kept, S.Load(outputT + 2 * padded));
            o3 = S.Multiply(kept, S.Load(outputT + 3 * padded));
            o4 = S.Multiply(kept, S.Load(upper));
            o5 = S.Multiply(kept, S.Load(upper + padded));
            o6 = S.Multiply(kept, S.Load(upper + 2 * padded));
            o7 = S.Multiply(kept, S.Load(upper + 3 * padded));
        }

        var sum = S.Zero;
        for (; count > 0; count--, value += NarrowHead.Size, scores += S.Lanes)
        {
            var p = ScoreExponential.PowerOfTwo<S, V>(S.Subtract(S.Load(scores), highest));
            sum = S.Add(sum, p);
            o0 = S.FusedMultiplyAdd(p, S.Broadcast(value[0]), o0);
            o1 = S.FusedMultiplyAdd(p, S.Broadcast(value[1]), o1);
            o2 = S.FusedMultiplyAdd(p, S.Broadcast(value[2]), o2);
            o3 = S.FusedMultiplyAdd(p, S.Broadcast(value[3]), o3);
            o4 = S.FusedMultiplyAdd(p, S.Broadcast(value[4]), o4);
            o5 = S.FusedMultiplyAdd(p, S.Broadcast(value[5]), o5);
            o6 = S.FusedMultiplyAdd(p, S.Broadcast(value[6]), o6);
            o7 = S.FusedMultiplyAdd(p, S.Broadcast(value[7]), o7);
        }

        S.Store(outputT, o0);
        S.Store(outputT + padded, o1);
        S.Store(outputT + 2 * padded, o2);
        S.Store(outputT + 3 * padded, o3);
        S.Store(upper, o4);
        S.Store(upper + padded, o5);
        S.Store(upper + 2 * padded, o6);
        S.Store(upper + 3 * padded, o7);
        return sum;
    }

    private static void Normalise<S, V>(float* outputT, nint padded, V factor) where S : struct, ISimd<V> where V : unmanaged
    {
        for (var column = 0; column < NarrowHead.Size; column++, outputT += padded)
            S.Store(outputT, S.Multiply(S.Load(outputT), factor));
    }
}
