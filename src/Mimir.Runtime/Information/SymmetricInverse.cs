using System.Numerics;

namespace Mimir.Runtime.Information;

/// <summary>Inverse of a symmetric positive definite float64 matrix by the sweep operator (Goodnight 1979, "A tutorial on the
/// SWEEP operator"), a block of rows at a time so that nearly all the work is matrix products. Its pivots are the squares of
/// Cholesky's, so it finds an indefinite matrix just as Cholesky does, and no second pass over a factor is needed.</summary>
internal static unsafe class SymmetricInverse
{
    private const int Block = 32;

    /// <summary>Doubles of scratch that the inverse of [n, n] needs.</summary>
    public static int ScratchElements(int n) => MatrixProduct.ScratchElements + 2 * Block * n + Block * Block;

    /// <summary>Replaces <paramref name="a"/> [n, n], row-major, by −a⁻¹.</summary>
    /// <returns>False where a pivot is not positive: the matrix is singular, indefinite or not finite. Its content is then undefined.</returns>
    public static bool TryNegativeInvert(double* a, int n, double* scratch)
    {
        var rows = scratch + MatrixProduct.ScratchElements;
        var solved = rows + Block * n;
        var pivots = solved + Block * n;
        for (var from = 0; from < n; from += Block)
        {
            var count = Math.Min(Block, n - from);
            if (!TrySweepPivots(a + (long)from * n + from, n, count, pivots))
                return false;

            // With B the block's rows and P its inverse: A −= Bᵀ·P·B, then the block's rows become P·B, its own square −P.
            var elements = count * n;
            for (var i = 0; i < elements; i++)
                rows[i] = a[(long)from * n + i];
            new Span<double>(solved, elements).Clear();
            MatrixProduct.Accumulate(pivots, count, 1, rows, count, n, count, solved, scratch); // pivots hold −P
            MatrixProduct.Accumulate(rows, 1, n, solved, n, n, count, a, scratch);
            for (var i = 0; i < count; i++)
            {
                for (var column = 0; column < n; column++)
                {
                    var value = -solved[i * n + column];
                    a[(long)(from + i) * n + column] = value;
                    a[(long)column * n + from + i] = value;
                }
            }

            for (var i = 0; i < count; i++)
                new Span<double>(pivots + i * count, count).CopyTo(new Span<double>(a + (long)(from + i) * n + from, count));
        }

        return true;
    }

    /// <summary>Copies the square of <paramref name="count"/> rows at <paramref name="a"/> and sweeps all of it: −inverse.</summary>
    private static bool TrySweepPivots(double* a, int row, int count, double* square)
    {
        for (var i = 0; i < count; i++)
            new Span<double>(a + (long)i * row, count).CopyTo(new Span<double>(square + i * count, count));
        for (var k = 0; k < count; k++)
        {
            var pivot = square[k * count + k];
            if (!(pivot > 0) || double.IsPositiveInfinity(pivot))
                return false;
            var source = new Span<double>(square + k * count, count);
            for (var i = 0; i < count; i++)
            {
                if (i == k)
                    continue;
                var factor = square[i * count + k] / pivot;
                AddScaled(source, -factor, new Span<double>(square + i * count, count));
                square[i * count + k] = factor;
            }

            for (var j = 0; j < count; j++)
                source[j] /= pivot;
            source[k] = -1 / pivot;
        }

        return true;
    }

    private static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> destination)
    {
        var i = 0;
        var factors = new Vector<double>(factor);
        for (; i <= source.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var sum = Vector.FusedMultiplyAdd(factors, new Vector<double>(source[i..]), new Vector<double>(destination[i..]));
            sum.CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
            destination[i] += factor * source[i];
    }
}
