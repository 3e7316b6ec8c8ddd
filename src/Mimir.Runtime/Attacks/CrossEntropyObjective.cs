using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Attacks;

/// <summary>Cross-entropy of the true labels, without smoothing or drop path: the objective of PGD.</summary>
public sealed class CrossEntropyObjective(VisionTransformer model) : IObjective
{
    /// <summary>The images' classes.</summary>
    public DeviceSpan<int> Labels { get; set; }

    /// <summary>Factor of the loss. The sign of the gradient does not depend on it.</summary>
    public float Scale { get; set; } = 1f;

    /// <inheritdoc/>
    public void Gradient(Graph graph, DeviceSpan<float> images, DeviceSpan<float> gradient)
    {
        graph.Begin();
        var input = graph.Input(images, model.ImageShape(images.Length), gradient);
        graph.Backward(CrossEntropyOp.Apply(graph, model.Logits(graph, input), Labels, 0f, Scale));
        graph.End();
    }
}
