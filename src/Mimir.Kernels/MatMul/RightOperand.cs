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
    public readonly long ScratchFloats(int panels, int depth, int width) => Layout switch
    {
        RightLayout.Panels => 0,
        RightLayout.RowMajor => (long)Math.Max(depth, 1) * width,
        _ => (long)Math.Max(depth, 1) * width * panels,
    };

    /// <summary>Makes a block ready for tiles. Panels are used as they are, and so are the columns of [k, n], but for a last panel that
    /// ends inside a vector (packing all of them first cost 2 to 10 % of a product); [n, k] is packed.</summary>
    /// <param name="panel">First panel.</param>
    /// <param name="panels">Number of panels.</param>
    /// <param name="columns">Columns of the whole operand.</param>
    /// <param name="wholeDepth">Depth of the whole operand.</param>
    /// <param name="from">First k.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="scratch">Room for packed panels.</param>
    public readonly RightBlock Stage<S, V>(int panel, int panels, int columns, int wholeDepth, int from, int depth, float* scratch)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        if (Layout == RightLayout.Panels)
        {
            return new RightBlock
            {
                Data = Data + ((long)panel * wholeDepth + from) * width,
                PanelFloats = (nint)wholeDepth * width,
                StepFloats = width,
                EdgePanel = -1,
            };
        }

        var last = panels - 1;
        var lastColumn = (panel + last) * width;
        var lastColumns = Math.Min(width, columns - lastColumn);
        if (Layout == RightLayout.RowMajor)
        {
            var ragged = lastColumns % S.Lanes != 0;
            if (ragged)
                PanelPacking.Copy<S, V>(Data + from * Stride + lastColumn, Stride, depth, lastColumns, scratch);
            return new RightBlock
            {
                Data = Data + from * Stride + panel * width,
                PanelFloats = width,
                StepFloats = (nint)Stride,
                EdgePanel = ragged ? last : -1,
                Edge = scratch,
            };
        }

        var panelFloats = (nint)depth * width;
        for (var p = 0; p <= last; p++)
        {
            PanelPacking.Transpose<S, V>(
                Data + (panel + p) * width * Stride + from, Stride, depth, p == last ? lastColumns : width, scratch + p * panelFloats);
        }

        return new RightBlock { Data = scratch, PanelFloats = panelFloats, StepFloats = width, EdgePanel = -1 };
    }
}

/// <summary>Panels of a right operand as tiles read them.</summary>
internal unsafe struct RightBlock
{
    /// <summary>Element [0, 0] of the first panel.</summary>
    public float* Data;

    /// <summary>Floats from one panel to the next.</summary>
    public nint PanelFloats;

    /// <summary>Floats from one k to the next.</summary>
    public nint StepFloats;

    /// <summary>Number of the panel that lies apart, −1 for none.</summary>
    public int EdgePanel;

    /// <summary>That panel, packed.</summary>
    public float* Edge;
}
