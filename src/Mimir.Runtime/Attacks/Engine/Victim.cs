using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Attacks;

/// <summary>A lane's view of the model under attack: logits, losses and their gradient in the pixels. An image's numbers are the same bits
/// whichever images are evaluated beside it on the host, so attacks pack images as they like.</summary>
public sealed class Victim
{
    private readonly LanePools _pools;
    private readonly int _images;

    /// <summary>Looks at a model.</summary>
    /// <param name="model">In evaluation form: no drop path.</param>
    /// <param name="pools">Where the lane's intermediates come from.</param>
    public Victim(VisionTransformer model, LanePools pools)
    {
        (_pools, Model, Graph) = (pools, model, new Graph(pools));
        _images = SlotsOf(model);
    }

    /// <summary>The model.</summary>
    public VisionTransformer Model { get; }

    /// <summary>The lane's graph, for objectives of their own; not begun between calls.</summary>
    public Graph Graph { get; }

    /// <summary>One more graph of the lane, for an objective that keeps several passes open.</summary>
    internal Graph NewGraph() => new(_pools);

    /// <summary>Values of an image.</summary>
    public int Values => Model.Encoder.Channels * Model.Encoder.Image * Model.Encoder.Image;

    /// <summary>Images that a lane of the model's device best evaluates in one piece.</summary>
    public static int SlotsOf(VisionTransformer model) => Math.Max(1, model.Device.Cut.Tokens / (model.Encoder.Patches + 1));

    /// <summary>Class logits.</summary>
    /// <param name="images">[count, channels, side, side] in [0, 1].</param>
    /// <param name="logits">Receives [count, classes].</param>
    public void Logits(DeviceSpan<float> images, Span<float> logits) => Evaluate(AttackLoss.CrossEntropy, images, default, default, logits, default, default);

    /// <summary>Losses, logits and, where wanted, the gradient.</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="images">[count, channels, side, side] in [0, 1].</param>
    /// <param name="labels">[count].</param>
    /// <param name="targets">[count] where the loss has targets; else ignored.</param>
    /// <param name="logits">Receives [count, classes].</param>
    /// <param name="losses">Receives [count].</param>
    /// <param name="gradient">Receives every image's gradient of its own loss; empty: none is computed.</param>
    public void Evaluate(
        AttackLoss loss, DeviceSpan<float> images, DeviceSpan<int> labels, DeviceSpan<int> targets, Span<float> logits, Span<float> losses,
        DeviceSpan<float> gradient)
    {
        var (values, classes) = (Values, Model.Classes);
        var count = logits.Length / classes;
        for (var first = 0; first < count; first += _images)
        {
            var size = Math.Min(_images, count - first);
            var pixels = images.Slice((long)first * values, (long)size * values);
            Graph.Begin();
            var input = Graph.Input(pixels, Model.ImageShape(pixels.Length), gradient.IsEmpty ? default : gradient.Slice((long)first * values, pixels.Length));
            var rows = Model.Logits(Graph, input);
            if (!losses.IsEmpty)
            {
                var each = loss.Apply(Graph, rows, labels.Slice(first, size), targets.IsEmpty ? default : targets.Slice(first, size));
                if (!gradient.IsEmpty)
                    Graph.Backward(each);
                each.Data.CopyTo(losses.Slice(first, size));
                loss.Finish(losses.Slice(first, size));
            }

            rows.Data.CopyTo(logits.Slice(first * classes, size * classes)); // waits for a GPU, so last
            Graph.End();
        }
    }
}
