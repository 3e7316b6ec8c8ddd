using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Attacks;

/// <summary>How far the model's opinion of attacked images is from its opinion of the natural ones, KL(f(x) ‖ f(x')): what TRADES' attack
/// raises (Zhang et al. 2019, arXiv:1901.08573). Labels do not count.</summary>
public sealed class KlObjective(VisionTransformer model) : IObjective
{
    /// <summary>[count, classes] logits of the natural images, a constant.</summary>
    public DeviceSpan<float> Reference { get; set; }

    /// <inheritdoc/>
    public void Gradient(Graph graph, DeviceSpan<float> images, DeviceSpan<float> gradient)
    {
        graph.Begin();
        var logits = model.Logits(graph, graph.Input(images, model.ImageShape(images.Length), gradient));
        graph.Backward(KlDivergenceOp.Apply(graph, graph.Input(Reference, logits.Shape), logits, 1f));
        graph.End();
    }
}
