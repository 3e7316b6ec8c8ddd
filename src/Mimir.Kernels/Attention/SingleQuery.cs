using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The steps of attention for one query, with vectors along the channels of a head or along the keys. Scores must have room
/// for whole vectors.</summary>
internal static unsafe class SingleQuery
{
    /// <summary>Attention of one query; returns its log-sum-exp. Scores in base 2: <paramref name="factor"/> carries log2(e).</summary>
    public static float Forward<S, V>(
        float* query, HeadRows keys, HeadRows values, int tokens, int size, float factor, float* scores, float* y)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        Dots<S, V>(query, keys, tokens, size, factor, scores);
        var (highest, sum) = Softmax<S, V>(scores, tokens);
        WeighedSum<S, V>(scores, values, tokens, size, 1 / sum, y);
        return highest * ScoreExponential.Ln2 + MathF.Log(sum);
    }

    /// <summary>scores[k] = factor · (row · rows[k]).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Dots<S, V>(float* row, HeadRows rows, int count, int columns, float factor, float* scores)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var k = 0;
        var whole = columns / S.Lanes * S.Lanes;
        for (; k + 4 <= count; k += 4)
        {
            V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
            var from = rows[k];
            var column = 0;
            for (; column < whole; column += S.Lanes, from += S.Lanes)
            {
                var x = S.Load(row + column);
                s0 = S.FusedMultiplyAdd(x, S.Load(from), s0);
                s1 = S.FusedMultiplyAdd(x, S.Load(from + rows.Stride), s1);
                s2 = S.FusedMultiplyAdd(x, S.Load(from + 2 * rows.Stride), s2);
                s3 = S.FusedMultiplyAdd(x, S.Load(from + 3 * rows.Stride), s3);
            }

            if (column < columns)
            {
                var rest = columns - column;
                var x = S.LoadPartial(row + column, rest);
                s0 = S.FusedMultiplyAdd(x, S.LoadPartial(from, rest), s0);
                s1 = S.FusedMultiplyAdd(x, S.LoadPartial(from + rows.Stride, rest), s1);
                s2 = S.FusedMultiplyAdd(x, S.LoadPartial(from + 2 * rows.Stride, rest), s2);
                s3 = S.FusedMultiplyAdd(x, S.LoadPartial(from + 3 * rows.Stride, rest), s3);
            }

            scores[k] = factor * S.Sum(s0);
            scores[k + 1] = factor * S.Sum(s1);
            scores[k + 2] = factor * S.Sum(s2);
            scores[k + 3] = factor * S.Sum(s3);
        }

        for (; k < count; k++)
            scores[k] = factor * Dot<S, V>(rows[k], row, columns);
    }

    /// <summary>Replaces scores by 2^(score − highest); returns the highest and the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Highest, float Sum) Softmax<S, V>(float* scores, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        var padded = Pad(scores, count, S.Lanes, float.NegativeInfinity);
        var top = S.Load(scores);
        for (var k = S.Lanes; k < padded; k += S.Lanes)
            top = S.Max(top, S.Load(scores + k));
        var highest = S.MaxAcross(top);
        Exponentials<S, V>(scores, count, highest);
        Pad(scores, count, S.Lanes, 0f);
        var sum = S.Zero;
        for (var k = 0; k < padded; k += S.Lanes)
            sum = S.Add(sum, S.Load(scores + k));
        return (highest, S.Sum(sum));
    }

    /// <summary>Replaces scores by 2^(score − shift), in whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exponentials<S, V>(float* scores, int count, float shift) where S : struct, ISimd<V> where V : unmanaged
    {
        for (var k = 0; k < count; k += S.Lanes)
            S.Store(scores + k, ScoreExponential.PowerOfTwo<S, V>(S.Subtract(S.Load(scores + k), S.Broadcast(shift))));
    }

    /// <summary>destination = factor · Σ_k weights[k]·rows[k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeighedSum<S, V>(float* weights, HeadRows rows, int count, int columns, float factor, float* destination)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var column = 0;
        for (; column + S.Lanes <= columns; column += S.Lanes)
        {
            V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero; // four chains hide the latency of the multiply-add
            var from = rows.Start + column;
            var k = 0;
            for (; k + 4 <= count; k += 4)
            {
                s0 = S.FusedMultiplyAdd(S.Broadcast(weights[k]), S.Load(from), s0);
                s1 = S.FusedMultiplyAdd(S.Broadcast(weights[k + 1]), S.Load(from + rows.Stride), s1);
                s2 = S.FusedMultiplyAdd(S.Broadcast(weights[k + 2]), S.Load(from + 2 * rows.Stride), s2);
                s3 = S.FusedMultiplyAdd(S.Broadcast(weights[k + 3]), S.Load(from + 3 * rows.Stride), s3);
                from += 4 * rows.Stride;
            }

            for (; k < count; k++)
            {
                s0 = S.FusedMultiplyAdd(S.Broadcast(weights[k]), S.Load(from), s0);
                from += rows.Stride;
            }

            S.Store(destination + column, S.Multiply(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Broadcast(factor)));
        }

        var rest = columns - column;
        if (rest == 0)
            return;
        V even = S.Zero, odd = S.Zero;
        var last = rows.Start + column;
        for (var k = 0; k < count; k += 2)
        {
            even = S.FusedMultiplyAdd(S.Broadcast(weights[k]), S.LoadPartial(last, rest), even);
            if (k + 1 < count)
                odd = S.FusedMultiplyAdd(S.Broadcast(weights[k + 1]), S.LoadPartial(last + rows.Stride, rest), odd);
            last += 2 * rows.Stride;
        }

        S.StorePartial(destination + column, S.Multiply(S.Add(even, odd), S.Broadcast(factor)), rest);
    }

    /// <summary>destination[k] += weights[k]·row for each k; overwrites where <paramref name="first"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuter<S, V>(float* weights, float* row, int count, int columns, bool first, HeadRows destination)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var column = 0;
        for (; column + S.Lanes <= columns; column += S.Lanes)
        {
            var x = S.Load(row + column);
            var y = destination.Start + column;
            for (var k = 0; k < count; k++, y += destination.Stride)
                S.Store(y, S.FusedMultiplyAdd(S.Broadcast(weights[k]), x, first ? S.Zero : S.Load(y)));
        }

        var rest = columns - column;
        if (rest == 0)
            return;
        var last = S.LoadPartial(row + column, rest);
        var z = destination.Start + column;
        for (var k = 0; k < count; k++, z += destination.Stride)
            S.StorePartial(z, S.FusedMultiplyAdd(S.Broadcast(weights[k]), last, first ? S.Zero : S.LoadPartial(z, rest)), rest);
    }

    /// <summary>a · b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot<S, V>(float* a, float* b, int columns) where S : struct, ISimd<V> where V : unmanaged
    {
        var sum = S.Zero;
        var i = 0;
        for (; i + S.Lanes <= columns; i += S.Lanes)
            sum = S.FusedMultiplyAdd(S.Load(a + i), S.Load(b + i), sum);
        if (i < columns)
            sum = S.FusedMultiplyAdd(S.LoadPartial(a + i, columns - i), S.LoadPartial(b + i, columns - i), sum);
        return S.Sum(sum);
    }

    private static int Pad(float* scores, int count, int lanes, float value)
    {
        var padded = (count + lanes - 1) / lanes * lanes;
        for (var k = count; k < padded; k++)
            scores[k] = value;
        return padded;
    }
}
