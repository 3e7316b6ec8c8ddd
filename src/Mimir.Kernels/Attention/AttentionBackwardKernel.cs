using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Backward pass of one image and head a task: for each block of queries and block of keys, P and dS are recomputed into
/// scratch, [keys][queries], and summed into dQ, dK and dV where these lie.</summary>
internal unsafe struct AttentionBackwardKernel : ISimdKernel
{
    // Keys whose P and dS for one query block (32 queries at 512 bits) stay in a 48 KB first-level cache.
    private const int KeyLimit = 160;

    public AttentionShape Shape;
    public float* DY;
    public float* Qkv;
    public float* Y;
    public float* LogSumExp;
    public float* DQkv;

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
        var scores = (nint)keyBlock * block;
        var turned = (nint)size * block;
        var rows = (nint)tokens * padded;
        var probabilities = LaneScratch.Floats(
            ScratchSlot.AttentionGradient, 2 * scores + 2 * turned + 2 * block + 4 * rows + 2L * (tokens + S.Lanes));
        var dScores = probabilities + scores;
        var queriesT = dScores + scores;
        var dOutputT = queriesT + turned;
        var logSumExp = dOutputT + turned;
        var rowDots = logSumExp + block;
        var copies = rowDots + block;

        var queries = Shape.Part(Qkv, task, 0);
        var keys = Shape.Part(Qkv, task, 1);
        var values = Shape.Part(Qkv, task, 2);
        var dOutput = Shape.Output(DY, task);
        var output = Shape.Output(Y, task);
        var partial = padded != size; // a right operand is read in whole vectors
        if (queries.Collide || partial)
            queries = queries.Copy<S, V>(tokens, size, padded, copies);
        if (keys.Collide || partial)
            keys = keys.Copy<S, V>(tokens, size, padded, copies + rows);
        if (values.Collide)
            values = values.Copy<S, V>(tokens, size, padded, copies + 2 * rows);
        if (dOutput.Collide || partial)
            dOutput = dOutput.Copy<S, V>(tokens, size, padded, copies + 3 * rows);

        var dQueries = Shape.Part(DQkv, task, 0);
        var dKeys = Shape.Part(DQkv, task, 1);
        var dValues = Shape.Part(DQkv, task, 2);
        var scale = Shape.Scale;
        var vectorsOfRow = padded / S.Lanes;
        var blocked = Shape.BlockedQueries(S.Lanes);
        for (var query = 0; query < blocked; query += block)
        {
            var count = Math.Min(block, blocked - query);
            var vectors = (count + S.Lanes - 1) / S.Lanes;

            // The scale goes into the transposed copies, so that neither scores nor their gradients need it again.
            queries.Transpose<S, V>(query, count, size, scale * ScoreExponential.Log2OfE, queriesT, block);
            dOutput.Transpose<S, V>(query, count, size, scale, dOutputT, block);
            for (var i = 0; i < block; i++)
            {
                logSumExp[i] = i < count ? LogSumExp[(nint)task * tokens + query + i] * ScoreExponential.Log2OfE : 0f;
                rowDots[i] = i < count ? scale * SingleQuery.Dot<S, V>(dOutput[query + i], output[query + i], size) : 0f;
            }

            for (var key = 0; key < tokens; key += keyBlock)
            {
                var length = Math.Min(keyBlock, tokens - key);
                AttentionTile.Product<S, V, ProbabilityEnd>(
                    keys[key], keys.Stride, 1, queriesT, block, size, length, vectors,
                    new ProbabilityEnd { Destination = probabilities, Stride = block, LogSumExp = logSumExp });
                AttentionTile.Product<S, V, ScoreGradientEnd>(
                    values[key], values.Stride, 1, dOutputT, block, size, length, vectors,
                    new ScoreGradientEnd { Probabilities = probabilities, Destination = dScores, Stride = block, RowDots = rowDots });
                AttentionTile.Product<S, V, SummedRowsEnd>(
                    probabilities, block, 1, dOutput[query], dOutput.Stride, count, length, vectorsOfRow,
                    new SummedRowsEnd { Destination = dValues[key], Stride = dValues.Stride, Columns = size, First = query == 0 });
                AttentionTile.Product<S, V, SummedRowsEnd>(
                    dScores, block, 1, queries[query], queries.Stride, count, length, vectorsOfRow,
                    new SummedRowsEnd { Destination = dKeys[key], Stride = dKeys.Stride, Columns = size, First = query == 0 });
                AttentionTile.Product<S, V, SummedRowsEnd>(
                    dScores, 1, block, keys[key], keys.Stride, length, count, vectorsOfRow,
                    new SummedRowsEnd { Destination = dQueries[query], Stride = dQueries.Stride, Columns = size, First = key == 0 });
            }
        }

        var p = copies + 4 * rows;
        var dS = p + tokens + S.Lanes;
        for (var query = blocked; query < tokens; query++)
        {
            SingleQuery.Dots<S, V>(queries[query], keys, tokens, size, scale * ScoreExponential.Log2OfE, p);
            SingleQuery.Exponentials<S, V>(p, tokens, LogSumExp[(nint)task * tokens + query] * ScoreExponential.Log2OfE);
            SingleQuery.Dots<S, V>(dOutput[query], values, tokens, size, scale, dS);
            var rowDot = scale * SingleQuery.Dot<S, V>(dOutput[query], output[query], size);
            for (var key = 0; key < tokens; key++)
                dS[key] = p[key] * (dS[key] - rowDot);
            SingleQuery.AddOuter<S, V>(p, dOutput[query], tokens, size, query == 0, dValues);
            SingleQuery.AddOuter<S, V>(dS, queries[query], tokens, size, query == 0, dKeys);
            SingleQuery.WeighedSum<S, V>(dS, keys, tokens, size, 1f, dQueries[query]);
        }
    }
}
