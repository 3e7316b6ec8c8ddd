namespace Mimir.Kernels;

/// <summary>The sizes that a product is cut into. They depend on the vector width and on the shapes alone.</summary>
internal static class ProductBlocking
{
    /// <summary>Vectors across a tile. With 12 rows that makes 24 accumulators + 2 vectors of the right operand + 1 broadcast = 27 of
    /// the 32 registers of the 512-bit form; with 6 rows 12 + 2 + 1 = 15 of the 16 registers of the narrower forms. Two
    /// multiply-add ports with a latency of four cycles need 8 accumulators to stay busy.</summary>
    public const int TileVectors = 2;

    /// <summary>Part of the second-level cache (1 MB a core, or more) that the panels in use may fill: half. The strip of left rows,
    /// the destination and the next strip share the rest.</summary>
    public const long PanelCacheBytes = 512 << 10;

    /// <summary>Longest slice of the depth where the sum may be cut: 384 · 32 floats of a panel are 48 KB, so ten panels stay in
    /// <see cref="PanelCacheBytes"/> and a strip of left rows (384 lines where it lies across) is read again only after ten tiles.</summary>
    public const int LongestSlice = 384;

    /// <summary>Longest depth of a linear layer that is summed in one piece; a deeper one is cut as <see cref="LongestLinearSlice"/> says. A panel
    /// of this depth is 196 KB, so that two stay in <see cref="PanelCacheBytes"/> while the strips pass.</summary>
    public const int DeepestLinear = 1536;

    /// <summary>Longest slice of a deeper linear layer: eight of its panels stay in the cache, for one more pass over the destination a slice
    /// (depth 3072, 520 rows: 74 % of peak in one piece, 92 % in six).</summary>
    public const int LongestLinearSlice = 512;

    /// <summary>Rows of a full tile at a width of <paramref name="lanes"/> floats.</summary>
    public static int TileRows(int lanes) => lanes == 16 ? 12 : 6;

    /// <summary>Rows of the tile that takes <paramref name="rows"/> rows at the lower edge, from 1 to a full tile.</summary>
    public static int EdgeTileRows(int lanes, int rows) =>
        rows <= 4 ? 4
        : lanes != 16 ? 6
        : rows <= 8 ? 8 : 12;

    /// <summary>Columns of a tile and of a panel.</summary>
    public static int TileColumns(int lanes) => TileVectors * lanes;

    /// <summary>Length of the slices that a depth is cut into: as even as can be, none longer than <see cref="LongestSlice"/>.</summary>
    public static int DepthSlice(int depth) => EvenSlice(depth, LongestSlice);

    /// <summary>The same for a linear layer, whose destination is not read before.</summary>
    public static int LinearSlice(int depth) => depth <= DeepestLinear ? depth : EvenSlice(depth, LongestLinearSlice);

    private static int EvenSlice(int depth, int longest)
    {
        var slices = Math.Max(1, (depth + longest - 1) / longest);
        return Math.Max(1, (depth + slices - 1) / slices);
    }

    /// <summary>Panels that are used together, as even as can be within <see cref="PanelCacheBytes"/>.</summary>
    public static int PanelsTogether(int panels, int depth, int panelColumns)
    {
        var fit = Math.Max(1, PanelCacheBytes / Math.Max(1, (long)depth * panelColumns * sizeof(float)));
        var blocks = (panels + fit - 1) / fit;
        return (int)((panels + blocks - 1) / blocks);
    }
}
