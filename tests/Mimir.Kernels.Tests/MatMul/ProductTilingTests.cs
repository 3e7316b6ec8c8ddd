using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>How products are cut into blocks for a GPU.</summary>
public class ProductTilingTests
{
    private const int Multiprocessors = 108;
    private const int MostSharedBytes = 99 << 10; // of a block on sm_86, the least of all
    private const int Tokens = 8320; // 128 images of 65

    private static readonly int[] s_sizes = [1, 31, 64, 65, 128, 192, 576, 1000, Tokens];

    /// <summary>Every row, column and k belongs to one block, and no block lacks work or room.</summary>
    [Test]
    public void BlocksCoverTheProduct([Values] MatrixPrecision precision, [Values(1, 108, 132)] int multiprocessors)
    {
        foreach (var rows in s_sizes)
        foreach (var columns in s_sizes)
        foreach (var depth in new[] { 0, 1, 32, 33, 192, 4096, Tokens })
        {
            foreach (var results in new[] { 0L, (long)rows * columns + rows })
            {
                var tiling = ProductTiling.Choose(precision, multiprocessors, rows, columns, depth, results);
                var (down, across) = (tiling.WarpsDown * ProductTiling.WarpRows, tiling.WarpsAcross * ProductTiling.WarpColumns);
                var what = $"{rows} x {columns} x {depth}, {results} results: {tiling.Grid} blocks of {tiling.Block}, {tiling.SlabsPerSlice} slabs";
                Assert.That(tiling.Tiles, Is.EqualTo((rows + down - 1) / down * ((columns + across - 1) / across)), what);
                Assert.That(tiling.SharedBytes, Is.LessThanOrEqualTo(MostSharedBytes), what);
                Assert.That(tiling.Block.Count, Is.LessThanOrEqualTo(precision == MatrixPrecision.Float32 ? 128 : 256), what);
                var slab = ProductTiling.SlabDepth * tiling.SlabsPerSlice;
                Assert.That((long)tiling.Slices * slab, Is.GreaterThanOrEqualTo(depth), what);
                Assert.That((tiling.Slices - 1L) * slab, Is.LessThan(Math.Max(1, depth)), what);
                Assert.That(tiling.Slices == 1 || tiling.SliceStride >= results, what);
                Assert.That(tiling.Slices == 1 || results > 0, what);
            }
        }
    }

    /// <summary>A weight's gradient is small and deep: its depth is what fills the GPU.</summary>
    [Test]
    public void DeepSmallProductsAreSliced([Values] MatrixPrecision precision)
    {
        var tiling = ProductTiling.Choose(precision, Multiprocessors, 192, 192, Tokens, 192 * 192 + 192);
        Assert.That(tiling.Grid.Count, Is.InRange(Multiprocessors / 2, 3 * Multiprocessors));
        Assert.That(tiling.Slices, Is.GreaterThan(4));
    }

    /// <summary>Large products take large tiles, which read less from the second-level cache; small ones tiles enough for all multiprocessors.</summary>
    [Test]
    public void TilesFollowTheSize()
    {
        var large = ProductTiling.Choose(MatrixPrecision.TensorFloat32, Multiprocessors, Tokens, 768, 192, 0);
        var small = ProductTiling.Choose(MatrixPrecision.TensorFloat32, Multiprocessors, 520, 192, 192, 0);
        Assert.That((large.WarpsDown, large.WarpsAcross), Is.EqualTo((2, 4)));
        Assert.That((small.WarpsDown, small.WarpsAcross), Is.EqualTo((1, 2)));
    }
}
