using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Cross-entropy of logits and hard labels with label smoothing, one value an image; the walk starts from scale · Σ.</summary>
internal sealed class CrossEntropyOp : Op
{
    private Tensor _logits = null!;
    private DeviceSpan<int> _labels;
    private float _smoothing;
    private float _scale;

    /// <param name="graph">The tape.</param>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch].</param>
    /// <param name="smoothing">Label smoothing s in [0, 1).</param>
    /// <param name="scale">Factor of the gradient: 1/batch for the mean.</param>
    /// <returns>[batch] losses.</returns>
    public static Tensor Apply(Graph graph, Tensor logits, DeviceSpan<int> labels, float smoothing, float scale)
    {
        var (batch, classes) = (logits.Shape[0], logits.Shape[1]);
        var losses = graph.Rent(new Shape(batch), logits.NeedsGradient);
        CrossEntropy.Forward(logits.Data, labels, batch, classes, smoothing, losses.Data);
        if (losses.NeedsGradient)
        {
            var op = graph.Record<CrossEntropyOp>(losses);
            (op._logits, op._labels, op._smoothing, op._scale) = (graph.Keep(logits), labels, smoothing, scale);
        }

        return losses;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var dLogits = graph.BeginGradient(_logits);
        CrossEntropy.Backward(_logits.Data, _labels, _logits.Shape[0], _logits.Shape[1], _smoothing, _scale, dLogits);
        graph.EndGradient(_logits, dLogits);
    }

    public override void Release(Graph graph) => graph.Forgo(_logits);
}
