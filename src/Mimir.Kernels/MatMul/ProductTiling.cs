using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <summary>How a product is cut into blocks on a GPU: the tile of a block, and the slices of the depth that go to different blocks.
/// Chosen from shape, precision and the number of multiprocessors alone, so that the same call gives the same bits.</summary>
internal readonly struct ProductTiling
{
    /// <summary>Rows of the product that a warp sums.</summary>
    public const int WarpRows = 64;

    /// <summary>Columns of the product that a warp sums.</summary>
    public const int WarpColumns = 32;

    /// <summary>Depth that a block brings to shared memory at once: a line of 128 bytes.</summary>
    public const int SlabDepth = 32;

    // A tile is 64 rows for each warp down and 32 columns for each warp across; largest first. In float32 a multiprocessor multiplies no
    // faster with more than the second's threads, which 3 blocks of it keep busy.
    private static readonly (int Down, int Across)[] s_tiles = [(2, 4), (2, 2), (1, 2)];

    // Per multiprocessor and cycle on sm_80: what the second-level cache delivers to all (5120 bytes a cycle for 108).
    private const double CacheBytes = 48;

    // What a second launch costs, and the least depth that is worth a slice of its own.
    private const double SecondPassCycles = 3000;
    private const int LeastSlabs = 4;

    private ProductTiling(int down, int across, int tiles, int slices, int slabsPerSlice, long sliceStride) =>
        (WarpsDown, WarpsAcross, Tiles, Slices, SlabsPerSlice, SliceStride) = (down, across, tiles, slices, slabsPerSlice, sliceStride);

    /// <summary>Warps of a block one below the other.</summary>
    public int WarpsDown { get; }

    /// <summary>Warps of a block side by side.</summary>
    public int WarpsAcross { get; }

    /// <summary>Tiles of the product.</summary>
    public int Tiles { get; }

    /// <summary>Slices of the depth; 1 for none.</summary>
    public int Slices { get; }

    /// <summary>Slabs of <see cref="SlabDepth"/> in a slice.</summary>
    public int SlabsPerSlice { get; }

    /// <summary>Floats from one slice's results to the next one's.</summary>
    public long SliceStride { get; }

    /// <summary>Blocks.</summary>
    public Dim3 Grid => new(Tiles, Slices);

    /// <summary>Threads of a block.</summary>
    public Dim3 Block => new(32, WarpsAcross, WarpsDown);

    /// <summary>Two stages, each a line for every row and column of the tile. The sums need 8 KiB a warp in their place, which is never more.</summary>
    public int SharedBytes => 2 * SlabDepth * sizeof(float) * (WarpRows * WarpsDown + WarpColumns * WarpsAcross);

    /// <summary>Chooses.</summary>
    /// <param name="precision">Of the products.</param>
    /// <param name="multiprocessors">Of the GPU.</param>
    /// <param name="rows">Rows of the product.</param>
    /// <param name="columns">Columns of the product.</param>
    /// <param name="depth">Length of the inner products.</param>
    /// <param name="results">Floats that a slice leaves; 0 where the depth must not be cut.</param>
    public static ProductTiling Choose(MatrixPrecision precision, int multiprocessors, int rows, int columns, int depth, long results)
    {
        var (best, least) = (default(ProductTiling), double.MaxValue);
        var slabs = Ceiling(depth, SlabDepth);
        foreach (var (down, across) in s_tiles.AsSpan(precision == MatrixPrecision.Float32 ? 1 : 0))
        {
            var (tileRows, tileColumns) = (WarpRows * down, WarpColumns * across);
            var tiles = Ceiling(rows, tileRows) * (long)Ceiling(columns, tileColumns);
            var cyclesPerSlab = SlabDepth * Math.Max(
                tileRows * tileColumns / FmaPerCycle(precision), sizeof(float) * (tileRows + tileColumns) / CacheBytes);
            for (var waves = 0; waves <= 2; waves++)
            {
                // No slices, or as many as fill the multiprocessors once or twice.
                var wanted = waves == 0 ? 1 : (int)Math.Min(waves * (long)multiprocessors / tiles, slabs / LeastSlabs);
                if (wanted < 1 || (wanted > 1 && results == 0))
                    continue;
                var perSlice = Math.Max(1, Ceiling(slabs, wanted));
                var slices = Math.Max(1, Ceiling(slabs, perSlice));
                var cycles = Math.Ceiling((double)tiles * slices / multiprocessors) * perSlice * cyclesPerSlab;
                if (slices > 1)
                    cycles += SecondPassCycles + 2.0 * sizeof(float) * slices * results / (CacheBytes * multiprocessors);
                if (cycles >= least)
                    continue;
                least = cycles;
                best = new ProductTiling(down, across, checked((int)tiles), slices, perSlice, (results + 3) / 4 * 4);
            }
        }

        return best;
    }

    private static double FmaPerCycle(MatrixPrecision precision) => precision switch
    {
        MatrixPrecision.Float32 => 64,
        MatrixPrecision.TensorFloat32 => 512,
        _ => 1024,
    };

    private static int Ceiling(int value, int unit) => (int)(((long)value + unit - 1) / unit);
}
