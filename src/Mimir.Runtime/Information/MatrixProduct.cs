using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Runtime.Information;

/// <summary>Float64 matrix products for the small dense algebra of the estimators: register tiles of 4 rows by two vectors,
/// with the right operand packed into panels, since rows a power of two apart would fall into the same few cache sets.</summary>
internal static unsafe class MatrixProduct
{
    private const int TileRows = 4;
    private const int DepthBlock = 256; // a panel of 256 × 16 doubles stays in the first-level cache

    private static int PanelColumns => 2 * Vector512<double>.Count;

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

    private static void MultiplyPanel(double* a, nint aRow, nint aColumn, double* panel, int m, int depth, double* c, int cRow, int columns)
    {
        var edge = stackalloc double[TileRows * PanelColumns];
        for (var row = 0; row < m; row += TileRows)
        {
            var left = a + row * aRow;
            var result = c + (long)row * cRow;
            var rows = Math.Min(TileRows, m - row);
            if (rows == TileRows && columns == PanelColumns)
            {
                MultiplyTile(left, aRow, aColumn, panel, depth, result, cRow);
                continue;
            }

            // A tile that hangs over the edge goes by way of a whole one.
            new Span<double>(edge, TileRows * PanelColumns).Clear();
            for (var i = 0; i < rows; i++)
                new Span<double>(result + (long)i * cRow, columns).CopyTo(new Span<double>(edge + i * PanelColumns, columns));
            if (rows == TileRows)
            {
                MultiplyTile(left, aRow, aColumn, panel, depth, edge, PanelColumns);
            }
            else
            {
                for (var i = 0; i < rows; i++)
                    MultiplyRow(left + i * aRow, aColumn, panel, depth, edge + i * PanelColumns);
            }

            for (var i = 0; i < rows; i++)
                new Span<double>(edge + i * PanelColumns, columns).CopyTo(new Span<double>(result + (long)i * cRow, columns));
        }
    }

    /// <summary>A tile of c, all of it in registers: the method makes no call, or the compiler would spill them in the loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTile(double* a, nint aRow, nint aColumn, double* panel, int depth, double* c, nint cRow)
    {
        var a1 = a + aRow;
        var a2 = a1 + aRow;
        var a3 = a2 + aRow;
        Vector512<double> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector512<double> c20 = default, c21 = default, c30 = default, c31 = default;
        for (nint l = 0, at = 0; l < depth; l++, at += aColumn)
        {
            var b0 = Vector512.Load(panel);
            var b1 = Vector512.Load(panel + Vector512<double>.Count);
            panel += 2 * Vector512<double>.Count;
            var left = Vector512.Create(a[at]);
            c00 = Vector512.FusedMultiplyAdd(left, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(left, b1, c01);
            left = Vector512.Create(a1[at]);
            c10 = Vector512.FusedMultiplyAdd(left, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(left, b1, c11);
            left = Vector512.Create(a2[at]);
            c20 = Vector512.FusedMultiplyAdd(left, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(left, b1, c21);
            left = Vector512.Create(a3[at]);
            c30 = Vector512.FusedMultiplyAdd(left, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(left, b1, c31);
        }

        Add(c, c00, c01);
        Add(c + cRow, c10, c11);
        Add(c + 2 * cRow, c20, c21);
        Add(c + 3 * cRow, c30, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRow(double* a, nint aColumn, double* panel, int depth, double* c)
    {
        Vector512<double> c0 = default, c1 = default;
        for (var l = 0; l < depth; l++, a += aColumn, panel += 2 * Vector512<double>.Count)
        {
            var left = Vector512.Create(*a);
            c0 = Vector512.FusedMultiplyAdd(left, Vector512.Load(panel), c0);
            c1 = Vector512.FusedMultiplyAdd(left, Vector512.Load(panel + Vector512<double>.Count), c1);
        }

        Add(c, c0, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* c, Vector512<double> v0, Vector512<double> v1)
    {
        (Vector512.Load(c) + v0).Store(c);
        (Vector512.Load(c + Vector512<double>.Count) + v1).Store(c + Vector512<double>.Count);
    }
}
