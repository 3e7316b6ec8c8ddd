using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Attacks;

/// <summary>The auto-encoder's reconstruction error: what MIMIR's pre-training attack raises (Algorithm 1, line 4).</summary>
public sealed class ReconstructionObjective(MaskedAutoencoder model) : IObjective
{
    /// <summary>The visible patches.</summary>
    public PatchMask Mask { get; set; }

    /// <summary>The images to rebuild; empty: the attacked images themselves, with the gradient through the target too.</summary>
    public DeviceSpan<float> Target { get; set; }

    /// <summary>Factor of the loss. The sign of the gradient does not depend on it.</summary>
    public float Scale { get; set; } = 1f;

    /// <inheritdoc/>
    public void Gradient(Graph graph, DeviceSpan<float> images, DeviceSpan<float> gradient)
    {
        graph.Begin();
        var shape = model.ImageShape(images.Length);
        var input = graph.Input(images, shape, gradient);
        var target = Target.IsEmpty ? input : graph.Input(Target, shape);
        var prediction = model.Decode(graph, model.Encode(graph, input, Mask), Mask);
        graph.Backward(model.Loss(graph, prediction, target, Mask, Scale));
        graph.End();
    }
}
