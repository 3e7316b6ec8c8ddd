using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Training;

/// <summary>AdamW with decoupled decay (Loshchilov and Hutter 2019) over a model's flat arrays, and its state.</summary>
public sealed class AdamWOptimizer : IDisposable
{
    private readonly ParameterStore _store;
    private readonly AdamWSegment[] _segments;

    /// <summary>Starts from zero moments.</summary>
    public AdamWOptimizer(ParameterStore store, AdamWSegment[] segments, float beta1, float beta2, float epsilon = 1e-8f)
    {
        (_store, _segments, Beta1, Beta2, Epsilon) = (store, segments, beta1, beta2, epsilon);
        FirstMoments = store.AllocateLike("first moments");
        SecondMoments = store.AllocateLike("second moments");
    }

    /// <summary>Decay of the first moments.</summary>
    public float Beta1 { get; }

    /// <summary>Decay of the second moments.</summary>
    public float Beta2 { get; }

    /// <summary>Added to the root of the second moments.</summary>
    public float Epsilon { get; }

    /// <summary>Running means of gradients, laid out as the parameters.</summary>
    public DeviceSpan<float> FirstMoments { get; }

    /// <summary>Running means of squared gradients.</summary>
    public DeviceSpan<float> SecondMoments { get; }

    /// <summary>Steps taken; part of a checkpoint.</summary>
    public long StepsTaken { get; set; }

    /// <summary>Takes one step, which leaves the gradients at zero.</summary>
    /// <param name="gradients">Of the same parameters.</param>
    /// <param name="rate">The learning rate before the groups' factors.</param>
    /// <param name="gradientScale">Factor of every gradient, for accumulation and clipping.</param>
    /// <returns>Whether the step can be trusted: false where a gradient is not finite.</returns>
    public bool Step(GradientShards gradients, double rate, double gradientScale)
    {
        StepsTaken++;
        var settings = new AdamWSettings((float)rate, Beta1, Beta2, Epsilon, StepsTaken, (float)gradientScale);
        return AdamW.Step(_store.Values, gradients.All, FirstMoments, SecondMoments, _segments, settings);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoments.Buffer.Dispose();
        SecondMoments.Buffer.Dispose();
    }
}
