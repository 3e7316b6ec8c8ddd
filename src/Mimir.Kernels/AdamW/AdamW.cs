using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101), in the form that PyTorch uses. All devices
/// give the same bits; a GPU takes the step of all segments in one launch, and waits for it to tell whether it went well.</summary>
public static partial class AdamW
{
    /// <summary>Most gradient arrays of a step.</summary>
    public const int MostGradients = 8;

    /// <summary>One step over the segments, in one pass: the gradient is the sum of arrays, which are zero afterwards, ready for the next
    /// step. Elements in no segment are left alone, moments and gradients included.
    /// <para>With g = GradientScale·((g₀ + g₁) + g₂ …) and r = Rate·RateScale:
    /// w ← w − r·WeightDecay·w;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;
    /// w ← w − r/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). The bias corrections are taken in float64.</para></summary>
    /// <param name="parameters">w, read and overwritten.</param>
    /// <param name="gradients">1 to <see cref="MostGradients"/> arrays g₀, g₁, …, none overlapping another, each as long as w; read, then zero in the segments.</param>
    /// <param name="firstMoments">m, as long as w; zero before the first step.</param>
    /// <param name="secondMoments">v, as long as w; zero before the first step.</param>
    /// <param name="segments">Runs of w, in any order, none overlapping another.</param>
    /// <param name="settings">Rate, decays and step number.</param>
    /// <returns>Whether all second moments are finite: not so where a gradient is not, or where its square is too large. The step has
    /// then been taken all the same, and the parameters are of no use.</returns>
    /// <exception cref="ShapeException">The spans differ in length, the gradients are none or too many, or a segment leaves the spans or
    /// overlaps another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step number is below 1, or a β lies outside [0, 1).</exception>
    public static bool Step(
        DeviceSpan<float> parameters, ReadOnlySpan<DeviceSpan<float>> gradients, DeviceSpan<float> firstMoments,
        DeviceSpan<float> secondMoments, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        const string entry = "AdamW.Step";
        if (gradients.Length is < 1 or > MostGradients)
            throw new ShapeException($"{entry}: {gradients.Length} gradient arrays, expected 1 to {MostGradients}");
        foreach (var gradient in gradients)
            Contract.Elements(gradient, parameters.Length, entry, "gradients", "the length of parameters");
        Contract.Elements(firstMoments, parameters.Length, entry, "firstMoments", "the length of parameters");
        Contract.Elements(secondMoments, parameters.Length, entry, "secondMoments", "the length of parameters");
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.StepNumber, 1, nameof(settings));
        if (!(settings.Beta1 is >= 0 and < 1 && settings.Beta2 is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(settings), $"{entry}: betas {settings.Beta1} and {settings.Beta2}, not in [0, 1)");
        var count = CheckedCount(segments, parameters.Length, entry);
        if (count == 0)
            return true;
        using var scope = KernelScope.Enter(
            parameters.Device, entry, (13.0 + gradients.Length) * count, (24.0 + 8.0 * gradients.Length) * count,
            new(count, gradients.Length));
        if (PtxDevice.Is(parameters, out var gpu))
            return StepOnPtx(gpu, parameters, gradients, firstMoments, secondMoments, segments, settings);
        return StepOnHost(HostDevice.Of(parameters, entry), parameters, gradients, firstMoments, secondMoments, segments, settings);
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
