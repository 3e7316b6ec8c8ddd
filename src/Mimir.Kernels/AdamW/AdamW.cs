using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101), in the form that PyTorch uses.</summary>
public static partial class AdamW
{
    /// <summary>One step over the segments; elements in no segment are left alone, moments included.
    /// <para>With g = GradientScale·gradient and r = Rate·RateScale:
    /// w ← w − r·WeightDecay·w;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
    /// w ← w − r/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). The bias corrections are taken in float64.</para></summary>
    /// <param name="parameters">w, read and overwritten.</param>
    /// <param name="gradients">As long as w.</param>
    /// <param name="firstMoments">m, as long as w; zero before the first step.</param>
    /// <param name="secondMoments">v, as long as w; zero before the first step.</param>
    /// <param name="segments">Runs of w, in any order, none overlapping another.</param>
    /// <param name="settings">Rate, decays and step number.</param>
    /// <exception cref="ShapeException">The spans differ in length, or a segment leaves them or overlaps another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step number is below 1, or a β lies outside [0, 1).</exception>
    public static void Step(
        DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> firstMoments, DeviceSpan<float> secondMoments,
        ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        const string entry = "AdamW.Step";
        Contract.Elements(gradients, parameters.Length, entry, "gradients", "the length of parameters");
        Contract.Elements(firstMoments, parameters.Length, entry, "firstMoments", "the length of parameters");
        Contract.Elements(secondMoments, parameters.Length, entry, "secondMoments", "the length of parameters");
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.StepNumber, 1, nameof(settings));
        if (!(settings.Beta1 is >= 0 and < 1 && settings.Beta2 is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(settings), $"{entry}: betas {settings.Beta1} and {settings.Beta2}, not in [0, 1)");
        var count = CheckedCount(segments, parameters.Length, entry);
        if (count == 0)
            return;
        var host = HostDevice.Of(parameters, entry);
        using var scope = KernelScope.Enter(host, entry, 14.0 * count, 28.0 * count, new(count));
        StepOnHost(host, parameters, gradients, firstMoments, secondMoments, segments, settings);
    }

    /// <summary>The elements in all segments, which must lie apart inside <paramref name="length"/>.</summary>
    private static long CheckedCount(ReadOnlySpan<AdamWSegment> segments, long length, string entry)
    {
        var count = 0L;
        var reached = 0L;
        for (var i = 0; i < segments.Length; i++)
        {
            var (offset, size) = (segments[i].Offset, segments[i].Count);
            if (offset < 0 || size < 0 || size > length - offset)
                throw new ShapeException($"{entry}: segment {i} covers {offset}..{offset + size} of {length} parameters");

            // Ascending segments cannot overlap; only one that steps back is held against those before it.
            for (var j = 0; j < i && offset < reached; j++)
            {
                if (size > 0 && segments[j].Offset < offset + size && offset < segments[j].Offset + segments[j].Count)
                    throw new ShapeException($"{entry}: segments {j} and {i} overlap");
            }

            reached = Math.Max(reached, offset + size);
            count += size;
        }

        return count;
    }
}
