using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>The auto-encoder's loss: squared error of the masked patches, a sum an image; the walk starts from scale · Σ.</summary>
internal sealed class MaskedMseOp : Op
{
    private Tensor _prediction = null!;
    private Tensor _target = null!;
    private DeviceSpan<float> _mask;
    private bool _normalise;
    private float _scale;

    /// <param name="graph">The tape.</param>
    /// <param name="prediction">[batch, patches + 1, values], the class token's row first and ignored.</param>
    /// <param name="target">[batch, patches, values].</param>
    /// <param name="mask">[batch, patches], 1 = removed.</param>
    /// <param name="normalise">Whether each target patch is normalised by its own mean and variance.</param>
    /// <param name="scale">Factor of the gradient: 1/(masked patches in the whole batch) for the mean.</param>
    /// <returns>[batch] sums over the masked patches of an image.</returns>
    public static Tensor Apply(Graph graph, Tensor prediction, Tensor target, DeviceSpan<float> mask, bool normalise, float scale)
    {
        var (batch, patches, values) = (target.Shape[0], target.Shape[1], target.Shape[2]);
        var losses = graph.Rent(new Shape(batch), prediction.NeedsGradient || target.NeedsGradient);
        MaskedMse.Forward(prediction.Data, target.Data, mask, batch, patches, values, normalise, losses.Data);
        if (losses.NeedsGradient)
        {
            var op = graph.Record<MaskedMseOp>(losses);
            (op._prediction, op._target) = (graph.Keep(prediction), graph.Keep(target));
            (op._mask, op._normalise, op._scale) = (mask, normalise, scale);
        }

        return losses;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (batch, patches, values) = (_target.Shape[0], _target.Shape[1], _target.Shape[2]);
        var dPrediction = graph.BeginGradient(_prediction);
        var dTarget = _target.NeedsGradient ? graph.BeginGradient(_target) : default;
        MaskedMse.Backward(
            _prediction.Data, _target.Data, _mask, batch, patches, values, _normalise, _scale, dPrediction, dTarget);
        graph.EndGradient(_prediction, dPrediction);
        if (_target.NeedsGradient)
            graph.EndGradient(_target, dTarget);
    }

    public override void Release(Graph graph)
    {
        graph.Forgo(_prediction);
        graph.Forgo(_target);
    }
}
