using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>KL(softmax(p) ‖ softmax(q)) of two rows of logits, one value an image; the walk starts from scale · Σ and goes on into whichever
/// of the two needs a gradient.</summary>
internal sealed class KlDivergenceOp : Op
{
    private Tensor _p = null!;
    private Tensor _q = null!;
    private float _scale;

    /// <param name="graph">The tape.</param>
    /// <param name="p">[batch, classes].</param>
    /// <param name="q">[batch, classes]; another tensor than p.</param>
    /// <param name="scale">Factor of the gradient: 1/batch for the mean.</param>
    /// <returns>[batch] divergences.</returns>
    public static Tensor Apply(Graph graph, Tensor p, Tensor q, float scale)
    {
        var (batch, classes) = (p.Shape[0], p.Shape[1]);
        var losses = graph.Rent(new Shape(batch), p.NeedsGradient || q.NeedsGradient);
        KlDivergence.Forward(p.Data, q.Data, batch, classes, losses.Data);
        if (losses.NeedsGradient)
        {
            var op = graph.Record<KlDivergenceOp>(losses);
            (op._p, op._q, op._scale) = (graph.Keep(p), graph.Keep(q), scale);
        }

        return losses;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var dP = _p.NeedsGradient ? graph.BeginGradient(_p) : default;
        var dQ = _q.NeedsGradient ? graph.BeginGradient(_q) : default;
        KlDivergence.Backward(_p.Data, _q.Data, _p.Shape[0], _p.Shape[1], _scale, dP, dQ);
        if (!dP.IsEmpty)
            graph.EndGradient(_p, dP);
        if (!dQ.IsEmpty)
            graph.EndGradient(_q, dQ);
    }

    public override void Release(Graph graph)
    {
        graph.Forgo(_p);
        graph.Forgo(_q);
    }
}
