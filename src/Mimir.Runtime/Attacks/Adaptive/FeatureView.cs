using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Attacks;

/// <summary>A lane's view of the model cut in two at its token features (<see cref="Models.VisionTransformer.Features"/>): first the features of all
/// images, then whatever is to be known of them, then the way back from a gradient at the features to the pixels. The images go through in pieces
/// as large as the lane likes, whose passes stay open in between.</summary>
internal sealed class FeatureView : IDisposable
{
    private readonly Victim _victim;
    private readonly Graph[] _passes;
    private readonly Tensor?[] _open;
    private readonly DeviceSpan<float> _features;
    private readonly DeviceSpan<float> _gradients;
    private readonly DeviceSpan<float> _distances;
    private readonly int _piece;
    private int _count;

    /// <summary>Makes room for so many images.</summary>
    public FeatureView(Victim victim, int images)
    {
        _victim = victim;
        _piece = Victim.SlotsOf(victim.Model);
        _passes = new Graph[(images + _piece - 1) / _piece];
        for (var i = 0; i < _passes.Length; i++)
            _passes[i] = victim.NewGraph();
        _open = new Tensor?[_passes.Length];
        _features = victim.Model.Device.Allocate<float>((long)images * Values, "token features");
        _gradients = victim.Model.Device.Allocate<float>((long)images * Values, "gradients of token features");
        _distances = victim.Model.Device.Allocate<float>(images, "feature distances");
    }

    /// <summary>Values of an image's features: tokens, the class token among them, times channels.</summary>
    public int Values => (_victim.Model.Encoder.Patches + 1) * _victim.Model.Encoder.Embed;

    /// <summary>[count, <see cref="Values"/>], the features of the last <see cref="Forward"/>.</summary>
    public DeviceSpan<float> Features => _features.Slice(0, (long)_count * Values);

    /// <summary>[count, <see cref="Values"/>], where the gradient at the features is put before <see cref="Backward"/>.</summary>
    public DeviceSpan<float> Gradients => _gradients.Slice(0, (long)_count * Values);

    /// <summary>Computes features.</summary>
    /// <param name="images">[count, channels, side, side].</param>
    /// <param name="gradient">As many values, which <see cref="Backward"/> will write; empty where there will be none.</param>
    public void Forward(DeviceSpan<float> images, DeviceSpan<float> gradient)
    {
        _count = checked((int)(images.Length / _victim.Values));
        for (var i = 0; i * _piece < _count; i++)
        {
            var pixels = Part(images, i, _victim.Values);
            _passes[i].Begin();
            var input = _passes[i].Input(pixels, _victim.Model.ImageShape(pixels.Length), gradient.IsEmpty ? default : Part(gradient, i, _victim.Values));
            var features = _victim.Model.Features(_passes[i], input);
            Elementwise.Copy(features.Data, Part(_features, i, Values));
            _open[i] = features;
            if (gradient.IsEmpty)
                _passes[i].End();
        }
    }

    /// <summary>The head's view of the features: logits and cross-entropies.</summary>
    /// <param name="labels">[count].</param>
    /// <param name="logits">Receives [count, classes].</param>
    /// <param name="losses">Receives [count].</param>
    /// <param name="scale">Factor of the cross-entropies' gradient, which overwrites <see cref="Gradients"/>; 0: it is not computed.</param>
    public void Classify(DeviceSpan<int> labels, Span<float> logits, Span<float> losses, float scale)
    {
        var (graph, model) = (_victim.Graph, _victim.Model);
        for (var i = 0; i * _piece < _count; i++)
        {
            var (first, size) = (i * _piece, Math.Min(_piece, _count - i * _piece));
            graph.Begin();
            var features = graph.Input(
                Part(_features, i, Values), new Shape(size, model.Encoder.Patches + 1, model.Encoder.Embed), scale == 0 ? default : Part(_gradients, i, Values));
            var rows = model.Head(graph, features);
            var each = CrossEntropyOp.Apply(graph, rows, labels.Slice(first, size), 0f, scale);
            if (scale != 0)
                graph.Backward(each);
            each.Data.CopyTo(losses.Slice(first, size));
            rows.Data.CopyTo(logits.Slice(first * model.Classes, size * model.Classes));
            graph.End();
        }
    }

    /// <summary>How far the features have moved from others, ‖f − g‖² an image.</summary>
    /// <param name="others">g, [count, <see cref="Values"/>].</param>
    /// <param name="squared">Receives [count].</param>
    /// <param name="gradientsToo">Whether the gradient of their sum overwrites <see cref="Gradients"/>.</param>
    public void SquaredDistances(DeviceSpan<float> others, Span<float> squared, bool gradientsToo)
    {
        var distances = _distances.Slice(0, _count);
        Rows.Distances(false, Features, others, _count, Values, distances);
        distances.CopyTo(squared);
        foreach (ref var distance in squared)
            distance *= distance;
        if (!gradientsToo)
            return;
        Elementwise.AddScaled(Features, others, -1f, Gradients);
        Elementwise.Scale(Gradients, 2f, Gradients);
    }

    /// <summary>Walks from <see cref="Gradients"/> back to the pixels that <see cref="Forward"/> was given a gradient for.</summary>
    public void Backward()
    {
        for (var i = 0; i * _piece < _count; i++)
        {
            _passes[i].Backward(_open[i]!, Part(_gradients, i, Values));
            _passes[i].End();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _features.Buffer.Dispose();
        _gradients.Buffer.Dispose();
        _distances.Buffer.Dispose();
    }

    private DeviceSpan<float> Part(DeviceSpan<float> rows, int piece, int values)
    {
        var first = piece * _piece;
        return rows.Slice((long)first * values, (long)Math.Min(_piece, _count - first) * values);
    }
}
