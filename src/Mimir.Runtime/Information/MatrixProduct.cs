using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Runtime.Information;

/// <summary>Float64 matrix products for the small dense algebra of the estimators: register tiles of 4 rows by two vectors,
/// with the right operand packed into panels, since rows a power of two apart would fall into the same few cache sets.</summary>
internal static unsafe class MatrixProduct
{
    private const int TileRows = 4;
    private const int DepthBlock = 256; // a panel of 256 × 16 doubles stays in the first-level cache

    private static int Lanes => Vector512<double>.Count;

    private static int PanelColumns => 2 * Lanes;

    /// <summary>Doubles of scratch that a product needs.</summary>
    public static int ScratchElements => DepthBlock * PanelColumns;

    /// <summary>c [m, n] += a [m, k] · b [k, n].</summary>
    /// <param name="a">Element (i, l) lies at a[i·aRow + l·aColumn], so that a transposed operand needs no copy.</param>
    /// <param name="b">Row-major, rows <paramref name="n"/> apart, as those of <paramref name="c"/>.</param>
    /// <param name="scratch"><see cref="ScratchElements"/> doubles.</param>
    public static void Accumulate(double* a, int aRow, int aColumn, double* b, int m, int n, int k, double* c, double* scratch)
    {
        for (var depth = 0; depth < k; depth += DepthBlock)
        {
            var count = Math.Min(DepthBlock, k - depth);
            for (var column = 0; column < n; column += PanelColumns)
            {
                var columns = Math.Min(PanelColumns, n - column);
                Pack(b + (long)depth * n + column, n, count, columns, scratch);
                MultiplyPanel(a + (long)depth * aColumn, aRow, aColumn, scratch, m, count, c + column, n, columns);
            }
        }
    }

    private static void Pack(double* b, int bRow, int depth, int columns, double* panel)
    {
        for (var l = 0; l < depth; l++, b += bRow, panel += PanelColumns)
        {
            new Span<double>(b, columns).CopyTo(new Span<double>(panel, columns));
            new Span<double>(panel + columns, PanelColumns - columns).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanel(double* a, int aRow, int aColumn, double* panel, int m, int depth, double* c, int cRow, int columns)
    {
        var lanes = Lanes;
        var row = 0;
        for (; row <= m - TileRows; row += TileRows)
        {
            var left = a + (long)row * aRow;
            Vector512<double> c00 = default, c01 = default, c10 = default, c11 = default;
            Vector512<double> c20 = default, c21 = default, c30 = default, c31 = default;
            var right = panel;
            for (var l = 0; l < depth; l++)
            {
                var b0 = Vector512.Load(right);
                var b1 = Vector512.Load(right + lanes);
                var a0 = Vector512.Create(left[0]);
                c00 = Vector512.FusedMultiplyAdd(a0, b0, c00);
                c01 = Vector512.FusedMultiplyAdd(a0, b1, c01);
                var a1 = Vector512.Create(left[aRow]);
                c10 = Vector512.FusedMultiplyAdd(a1, b0, c10);
                c11 = Vector512.FusedMultiplyAdd(a1, b1, c11);
                var a2 = Vector512.Create(left[2 * aRow]);
                c20 = Vector512.FusedMultiplyAdd(a2, b0, c20);
                c21 = Vector512.FusedMultiplyAdd(a2, b1, c21);
                var a3 = Vector512.Create(left[3 * aRow]);
                c30 = Vector512.FusedMultiplyAdd(a3, b0, c30);
                c31 = Vector512.FusedMultiplyAdd(a3, b1, c31);
                left += aColumn;
                right += 2 * lanes;
            }

            var result = c + (long)row * cRow;
            Add(result, c00, c01, columns);
            Add(result + cRow, c10, c11, columns);
            Add(result + 2 * cRow, c20, c21, columns);
            Add(result + 3 * cRow, c30, c31, columns);
        }

        for (; row < m; row++)
        {
            var left = a + (long)row * aRow;
            Vector512<double> c0 = default, c1 = default;
            var right = panel;
            for (var l = 0; l < depth; l++, left += aColumn, right += 2 * lanes)
            {
                var a0 = Vector512.Create(left[0]);
                c0 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right), c0);
                c1 = Vector512.FusedMultiplyAdd(a0, Vector512.Load(right + lanes), c1);
            }

            Add(c + (long)row * cRow, c0, c1, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* c, Vector512<double> v0, Vector512<double> v1, int columns)
    {
        if (columns == PanelColumns)
        {
            (Vector512.Load(c) + v0).Store(c);
            (Vector512.Load(c + Lanes) + v1).Store(c + Lanes);
        }
        else
        {
            AddPartial(c, v0, v1, columns);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddPartial(double* c, Vector512<double> v0, Vector512<double> v1, int columns)
    {
        for (var i = 0; i < columns; i++)
            c[i] += i < Lanes ? v0[i] : v1[i - Lanes];
    }
}
