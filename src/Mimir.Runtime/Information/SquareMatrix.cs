using System.Numerics;

namespace Mimir.Runtime.Information;

/// <summary>Passes over small square float64 matrices, row-major [n, n].</summary>
internal static class SquareMatrix
{
    /// <summary>Whether no element is infinite or NaN.</summary>
    public static bool IsFinite(ReadOnlySpan<double> values)
    {
        var sum = Vector<double>.Zero; // 0·x is 0 for finite x and NaN for any other
        var i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
            sum += new Vector<double>(values[i..]) * Vector<double>.Zero;
        var rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
            rest += values[i] * 0;
        return rest == 0;
    }

    /// <summary>Σ a∘b, which is tr(a·b) where one of them is symmetric.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
            sum = Vector.FusedMultiplyAdd(new Vector<double>(a[i..]), new Vector<double>(b[i..]), sum);
        var rest = Vector.Sum(sum);
        for (; i < a.Length; i++)
            rest += a[i] * b[i];
        return rest;
    }

    /// <summary>H·a·H in place for a symmetric a, H = I − 11ᵀ/n: every row and column then sums to zero.</summary>
    /// <param name="means">Scratch, n elements.</param>
    public static void Centre(Span<double> a, int n, Span<double> means)
    {
        var grand = 0.0;
        for (var row = 0; row < n; row++)
        {
            means[row] = Sum(a.Slice(row * n, n)) / n;
            grand += means[row];
        }

        grand /= n;
        for (var row = 0; row < n; row++)
        {
            var values = a.Slice(row * n, n);
            var shift = grand - means[row];
            var i = 0;
            for (; i <= n - Vector<double>.Count; i += Vector<double>.Count)
            {
                var centred = new Vector<double>(values[i..]) - new Vector<double>(means[i..]) + new Vector<double>(shift);
                centred.CopyTo(values[i..]);
            }

            for (; i < n; i++)
                values[i] += shift - means[i];
        }
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
            sum += new Vector<double>(values[i..]);
        var rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
            rest += values[i];
        return rest;
    }
}
