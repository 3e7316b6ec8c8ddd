using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <summary>The grid of PTX kernels whose threads stride over an array, several elements at a time.</summary>
internal static class GridStride
{
    /// <summary>Threads a block.</summary>
    public const int Threads = 256;

    // 8 blocks of 256 threads fill a multiprocessor; twice as many even out their ends.
    private const int BlocksAMultiprocessor = 16;

    /// <summary>The threads of a block.</summary>
    public static Dim3 Block => new(Threads);

    /// <summary>Blocks for <paramref name="count"/> elements of which a thread takes <paramref name="elements"/> at once; they may be fewer
    /// than that needs and stride, since more than the device runs at once add nothing.</summary>
    public static Dim3 Grid(PtxDevice gpu, long count, int elements = 4)
    {
        var needed = (count - 1) / (Threads * elements) + 1;
        return new Dim3((int)Math.Min(needed, (long)gpu.Multiprocessors * BlocksAMultiprocessor));
    }
}
