using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>MART's loss of attacked and natural logits, one value an image; the walk starts from scale · Σ.</summary>
internal sealed class MartLossOp : Op
{
    private Tensor _adversarial = null!;
    private Tensor _natural = null!;
    private DeviceSpan<int> _labels;
    private float _beta;
    private float _scale;

    /// <param name="graph">The tape.</param>
    /// <param name="adversarial">[batch, classes] logits of the attacked images.</param>
    /// <param name="natural">[batch, classes] logits of the natural ones.</param>
    /// <param name="labels">[batch].</param>
    /// <param name="beta">Weight of the divergence.</param>
    /// <param name="scale">Factor of the gradient: 1/batch for the mean.</param>
    /// <returns>[batch] losses.</returns>
    public static Tensor Apply(Graph graph, Tensor adversarial, Tensor natural, DeviceSpan<int> labels, float beta, float scale)
    {
        var (batch, classes) = (adversarial.Shape[0], adversarial.Shape[1]);
        var losses = graph.Rent(new Shape(batch), adversarial.NeedsGradient || natural.NeedsGradient);
        MartLoss.Forward(adversarial.Data, natural.Data, labels, batch, classes, beta, losses.Data);
        if (losses.NeedsGradient)
        {
            var op = graph.Record<MartLossOp>(losses);
            (op._adversarial, op._natural, op._labels) = (graph.Keep(adversarial), graph.Keep(natural), labels);
            (op._beta, op._scale) = (beta, scale);
        }

        return losses;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (dAdversarial, dNatural) = (graph.BeginGradient(_adversarial), graph.BeginGradient(_natural));
        MartLoss.Backward(
            _adversarial.Data, _natural.Data, _labels, _natural.Shape[0], _natural.Shape[1], _beta, _scale, dAdversarial, dNatural);
        graph.EndGradient(_adversarial, dAdversarial);
        graph.EndGradient(_natural, dNatural);
    }

    public override void Release(Graph graph)
    {
        graph.Forgo(_adversarial);
        graph.Forgo(_natural);
    }
}
