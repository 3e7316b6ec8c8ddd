using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Cuts images into patch vectors, all of them or the kept ones only; pixels of other patches get a zero gradient.</summary>
internal sealed class PatchifyOp : Op
{
    private Tensor _images = null!;
    private int _patch;
    private DeviceSpan<int> _ids;
    private PatchOrder _order;

    /// <param name="graph">The tape.</param>
    /// <param name="images">[batch, channels, height, width].</param>
    /// <param name="patch">Side of a patch in pixels.</param>
    /// <param name="ids">[batch, kept] numbers of the kept patches; empty: all.</param>
    /// <param name="kept">Kept patches an image.</param>
    /// <param name="order">Order of the values in a patch.</param>
    /// <returns>[batch, kept, channels·patch²].</returns>
    public static Tensor Apply(Graph graph, Tensor images, int patch, DeviceSpan<int> ids, int kept, PatchOrder order)
    {
        var s = images.Shape;
        var patches = graph.Rent(new Shape(s[0], kept, s[1] * patch * patch), images.NeedsGradient);
        Patchify.Forward(images.Data, s[0], s[1], s[2], s[3], patch, ids, kept, order, patches.Data);
        if (patches.NeedsGradient)
        {
            var op = graph.Record<PatchifyOp>(patches);
            (op._images, op._patch, op._ids, op._order) = (images, patch, ids, order);
        }

        return patches;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var s = _images.Shape;
        var dImages = graph.BeginGradient(_images);
        Patchify.Backward(dOutput, s[0], s[1], s[2], s[3], _patch, _ids, Output.Shape[1], _order, dImages);
        graph.EndGradient(_images, dImages);
    }

    public override void Release(Graph graph)
    {
    }
}
