using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Runtime.Information;

/// <summary>Inverse of a symmetric positive definite float64 matrix by the sweep operator (Goodnight 1979, "A tutorial on the
/// SWEEP operator"), a block of rows at a time so that nearly all the work is matrix products. Its pivots are the squares of
/// Cholesky's, so it finds an indefinite matrix just as Cholesky does, and no second pass over a factor is needed.</summary>
internal static unsafe class SymmetricInverse
{
    private const int Block = 16; // more rows a block cost more in its own sweep and in strided reads than they save in passes over a

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
            new Span<double>(a + (long)from * n, elements).CopyTo(new Span<double>(rows, elements));
            new Span<double>(solved, elements).Clear();
            MatrixProduct.Accumulate(pivots, count, 1, rows, count, n, count, solved, scratch); // pivots hold −P
            MatrixProduct.Accumulate(rows, 1, n, solved, n, n, count, a, scratch);
            for (var column = 0; column < n; column++)
            {
                for (var i = 0; i < count; i++)
                    a[(long)column * n + from + i] = -solved[i * n + column];
            }

            for (var i = 0; i < elements; i++)
                a[(long)from * n + i] = -solved[i];

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
            var source = square + k * count;
            var pivot = source[k];
            if (!(pivot > 0) || double.IsPositiveInfinity(pivot))
                return false;
            Scale(source, 1 / pivot, count);
            source[k] = -1 / pivot;
            for (var i = 0; i < count; i++)
            {
                if (i == k)
                    continue;
                var target = square + i * count;
                var factor = target[k];
                target[k] = 0; // so that it becomes factor/pivot
                AddScaled(source, -factor, target, count);
            }
        }

        return true;
    }

    private static void Scale(double* values, double factor, int count)
    {
        for (var i = 0; i < count; i++)
            values[i] *= factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(double* source, double factor, double* destination, int count)
    {
        var factors = Vector512.Create(factor);
        var i = 0;
        for (; i <= count - Vector512<double>.Count; i += Vector512<double>.Count)
            Vector512.FusedMultiplyAdd(factors, Vector512.Load(source + i), Vector512.Load(destination + i)).Store(destination + i);
        for (; i < count; i++)
            destination[i] += factor * source[i];
    }
}
