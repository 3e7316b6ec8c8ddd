using Mimir.Kernels.Devices;
using Mimir.Runtime.Information;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Attacks;

/// <summary><c>κ·mean cross-entropy + λ·HSIC(f(x'), x')</c> of a group of images, f the token features, and its gradient in the pixels through both
/// arguments of HSIC. The small matrices are float64 on the host.</summary>
/// <param name="victim">The lane's view of the model.</param>
/// <param name="images">Most images of a group.</param>
/// <param name="crossEntropy">κ.</param>
/// <param name="information">λ.</param>
internal sealed class InformationObjective(Victim victim, int images, float crossEntropy, double information) : IDisposable
{
    private readonly FeatureView _view = new(victim, images);
    private readonly InformationPenalty _penalty = new(victim.Model.Device, new HsicCca(), images);

    /// <summary>Evaluates a group.</summary>
    /// <param name="points">[count, channels, side, side].</param>
    /// <param name="labels">[count].</param>
    /// <param name="logits">Receives [count, classes].</param>
    /// <param name="losses">Receives [count]: κ·cross-entropy + λ·HSIC, whose mean is what is raised. An estimate is skipped only where a feature is not
    /// a number, and then counts for nothing.</param>
    /// <param name="gradient">Receives the gradient of that mean; empty: none is computed.</param>
    public void Evaluate(DeviceSpan<float> points, DeviceSpan<int> labels, Span<float> logits, Span<float> losses, DeviceSpan<float> gradient)
    {
        var (count, wanted) = (losses.Length, !gradient.IsEmpty);
        var scale = wanted ? crossEntropy / count : 0f;
        _view.Forward(points, gradient);
        _view.Classify(labels, logits, losses, scale);
        var estimate = _penalty.Evaluate(count, points, _view.Features, atImages: wanted);
        if (wanted)
        {
            _penalty.GradientAtLatents(_view.Features, information, accumulate: scale != 0, _view.Gradients);
            _view.Backward();
            _penalty.GradientAtImages(points, information, accumulate: true, gradient);
        }

        var term = estimate.IsSkipped ? 0f : (float)(information * estimate.Value);
        foreach (ref var loss in losses)
            loss = crossEntropy * loss + term;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _penalty.Dispose();
    }
}
