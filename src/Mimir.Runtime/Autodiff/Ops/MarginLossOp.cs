using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>A margin loss of logits, one value an image (<see cref="MarginLoss"/>); the walk starts from their sum.</summary>
internal sealed class MarginLossOp : Op
{
    private Tensor _logits = null!;
    private MarginForm _form;
    private DeviceSpan<int> _labels;
    private DeviceSpan<int> _targets;
    private float _floor;

    /// <param name="graph">The tape.</param>
    /// <param name="form">Which loss.</param>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch].</param>
    /// <param name="targets">[batch] where the form has targets, else empty.</param>
    /// <param name="floor">Clamps from below.</param>
    /// <returns>[batch] losses.</returns>
    public static Tensor Apply(
        Graph graph, MarginForm form, Tensor logits, DeviceSpan<int> labels, DeviceSpan<int> targets, float floor)
    {
        var (batch, classes) = (logits.Shape[0], logits.Shape[1]);
        var losses = graph.Rent(new Shape(batch), logits.NeedsGradient);
        MarginLoss.Forward(form, logits.Data, labels, targets, batch, classes, floor, losses.Data);
        if (losses.NeedsGradient)
        {
            var op = graph.Record<MarginLossOp>(losses);
            (op._form, op._logits, op._labels, op._targets, op._floor) = (form, graph.Keep(logits), labels, targets, floor);
        }

        return losses;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var dLogits = graph.BeginGradient(_logits);
        MarginLoss.Backward(_form, _logits.Data, _labels, _targets, _logits.Shape[0], _logits.Shape[1], _floor, 1f, dLogits);
        graph.EndGradient(_logits, dLogits);
    }

    public override void Release(Graph graph) => graph.Forgo(_logits);
}
