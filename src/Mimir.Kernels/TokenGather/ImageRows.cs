using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <summary>The grids of PTX kernels whose blocks belong to one image, which is block x.</summary>
internal static class ImageRows
{
    private const int WarpsABlock = 8;
    private const int LanesAWarp = 32;
    private const int MostBlocksY = 65535; // the driver's limit; the kernels stride beyond it

    /// <summary>Eight warps.</summary>
    public static Dim3 Block => new(LanesAWarp, WarpsABlock);

    /// <summary>A warp for each row of an image.</summary>
    public static Dim3 Rows(int images, long rows) => Grid(images, (rows + WarpsABlock - 1) / WarpsABlock);

    /// <summary>A lane for each channel: a block for every 32 of them.</summary>
    public static Dim3 Channels(int images, int channels) => Grid(images, ((long)channels + LanesAWarp - 1) / LanesAWarp);

    /// <summary>As many blocks an image as given, or what the driver allows.</summary>
    public static Dim3 Grid(int images, long blocks) => new(images, (int)Math.Min(blocks, MostBlocksY));
}
