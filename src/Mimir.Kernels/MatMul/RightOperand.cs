using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>How the right operand of a product is stored.</summary>
internal enum RightLayout
{
    /// <summary>[n / panel, k, panel], the last panel filled up with zeros: as <see cref="PanelPacking"/> writes it.</summary>
    Panels,

    /// <summary>[k, n].</summary>
    RowMajor,

    /// <summary>[n, k].</summary>
    Transposed,
}

/// <summary>The right operand of a product.</summary>
internal unsafe struct RightOperand
{
    /// <summary>Its first element.</summary>
    public float* Data;

    /// <summary>Floats from one stored row to the next; not used by panels.</summary>
    public long Stride;

    /// <summary>How it is stored.</summary>
    public RightLayout Layout;

    /// <summary>Floats of scratch that <see cref="Stage"/> needs for <paramref name="panels"/> panels.</summary>
    public readonly long ScratchFloats(int panels, int depth, int width) =>
        Layout == RightLayout.Panels ? 0 : (long)panels * Math.Max(depth, 1) * width;

    /// <summary>Makes a block ready for tiles: panels are used as they are, the others are packed into <paramref name="scratch"/>.</summary>
    /// <param name="panel">First panel.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="columns">Columns of the whole operand.</param>
    /// <param name="wholeDepth">Depth of the whole operand.</param>
    /// <param name="from">First k.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="scratch">Room for the packed panels.</param>
    public readonly RightBlock Stage<S, V>(int panel, int panels, int columns, int wholeDepth, int from, int depth, float* scratch)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        if (Layout == RightLayout.Panels)
            return new RightBlock { Data = Data + ((long)panel * wholeDepth + from) * width, PanelFloats = (long)wholeDepth * width };

        for (var p = 0; p < panels; p++)
        {
            var column = (panel + p) * width;
            var count = Math.Min(width, columns - column);
            var packed = scratch + (long)p * depth * width;
            if (Layout == RightLayout.RowMajor)
                PanelPacking.Copy<S, V>(Data + from * Stride + column, Stride, depth, count, packed);
            else
                PanelPacking.Transpose<S, V>(Data + column * Stride + from, Stride, depth, count, packed);
        }

        return new RightBlock { Data = scratch, PanelFloats = (long)depth * width };
    }
}

/// <summary>Panels of a right operand as tiles read them: [panel, k, columns of a tile].</summary>
internal unsafe struct RightBlock
{
    /// <summary>The first panel.</summary>
    public float* Data;

    /// <summary>Floats from one panel to the next.</summary>
    public long PanelFloats;
}
