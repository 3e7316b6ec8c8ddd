namespace Mimir.Kernels.Simd;

/// <summary>Sums of squares of a row: float32 lanes over a block of it, the blocks in float64, so that the error does not grow with the row. The
/// order is fixed by the row's length and the width.</summary>
internal static unsafe class SquareSum
{
    /// <summary>Elements summed in float32 registers before they go to the float64 total: bounds the rounding error at every width.</summary>
    public const int Block = 1024;

    /// <summary>Σ x².</summary>
    public static double Of<S, V>(float* x, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        var total = 0.0;
        for (var start = 0; start < count; start += Block)
        {
            var end = Math.Min(count, start + Block);
            V sum0 = S.Zero, sum1 = S.Zero;
            var i = start;
            for (; i <= end - 2 * S.Lanes; i += 2 * S.Lanes)
            {
                var (a, b) = (S.Load(x + i), S.Load(x + i + S.Lanes));
                sum0 = S.FusedMultiplyAdd(a, a, sum0);
                sum1 = S.FusedMultiplyAdd(b, b, sum1);
            }

            for (; i < end; i += S.Lanes)
            {
                var a = S.LoadPartial(x + i, Math.Min(S.Lanes, end - i));
                sum0 = S.FusedMultiplyAdd(a, a, sum0);
            }

            total += S.Sum(S.Add(sum0, sum1));
        }

        return total;
    }

    /// <summary>Σ (a − b)².</summary>
    public static double OfDifference<S, V>(float* a, float* b, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        var total = 0.0;
        for (var start = 0; start < count; start += Block)
        {
            var end = Math.Min(count, start + Block);
            var sum = S.Zero;
            var i = start;
            for (; i <= end - S.Lanes; i += S.Lanes)
            {
                var difference = S.Subtract(S.Load(a + i), S.Load(b + i));
                sum = S.FusedMultiplyAdd(difference, difference, sum);
            }

            if (i < end)
            {
                var difference = S.Subtract(S.LoadPartial(a + i, end - i), S.LoadPartial(b + i, end - i));
                sum = S.FusedMultiplyAdd(difference, difference, sum);
            }

            total += S.Sum(sum);
        }

        return total;
    }
}
