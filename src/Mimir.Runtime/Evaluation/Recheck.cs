using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;

namespace Mimir.Runtime.Evaluation;

/// <summary>What attacked images are, looked at anew: they are classified again, as they are and rounded to the 256 levels of a picture file.</summary>
public sealed record Recheck
{
    /// <summary>Accuracy on the float32 images.</summary>
    public required Accuracy Accuracy { get; init; }

    /// <summary>Accuracy on the images rounded to 8 bits, round(255 x)/255.</summary>
    public required Accuracy Rounded { get; init; }

    /// <summary>Images whose class is not the one that was recorded with them; null where none was recorded.</summary>
    public required int? PredictionsChanged { get; init; }

    /// <summary>Length of the longest perturbation; NaN pixels are left out.</summary>
    public required float LargestDistance { get; init; }

    /// <summary>As <see cref="LargestDistance"/>, of the rounded images.</summary>
    public required float LargestRoundedDistance { get; init; }

    /// <summary>Images whose perturbation is longer than the radius and <see cref="AdversarialAudit.Slack"/>.</summary>
    public required int OutsideBall { get; init; }

    /// <summary>Pixels that are NaN.</summary>
    public required long NaNs { get; init; }

    /// <summary>The smallest pixel.</summary>
    public required float Smallest { get; init; }

    /// <summary>The largest pixel.</summary>
    public required float Largest { get; init; }

    /// <summary>Whether every image lies in [0, 1] and in the ball, and none has NaN.</summary>
    public bool IsSound => OutsideBall == 0 && NaNs == 0 && Smallest >= 0 && Largest <= 1;

    /// <summary>Copies an attacked image.</summary>
    /// <param name="image">Its number.</param>
    /// <param name="pixels">Receives it.</param>
    public delegate void Source(int image, Span<float> pixels);

    /// <summary>Looks at attacked images of a set.</summary>
    /// <param name="classification">Classifies them.</param>
    /// <param name="images">The set.</param>
    /// <param name="attacked">The attacked images.</param>
    /// <param name="norm">The ball's norm.</param>
    /// <param name="epsilon">Its radius.</param>
    /// <param name="recorded">Classes that were recorded with them; empty where none were.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static Recheck Of(
        Classification classification, ImageSet images, Source attacked, AttackNorm norm, float epsilon, ReadOnlySpan<int> recorded, CancellationToken cancellation)
    {
        var values = images.Shape.Values;
        var block = new float[Math.Min(classification.Block, images.Count) * values];
        var natural = new float[values];
        var (predictions, rounded) = (new int[images.Count], new int[images.Count]);
        var (longest, longestRounded, outside, nans, smallest, largest) = (0f, 0f, 0, 0L, float.PositiveInfinity, float.NegativeInfinity);
        for (var first = 0; first < images.Count; first += classification.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Min(classification.Block, images.Count - first);
            var pixels = block.AsSpan(0, size * values);
            for (var i = 0; i < size; i++)
            {
                var row = pixels.Slice(i * values, values);
                attacked(first + i, row);
                images.CopyImage(first + i, natural);
                foreach (var pixel in row)
                {
                    nans += float.IsNaN(pixel) ? 1 : 0;
                    (smallest, largest) = (float.MinNumber(smallest, pixel), float.MaxNumber(largest, pixel));
                }

                var distance = AdversarialAudit.Distance(norm, natural, row);
                longest = float.MaxNumber(longest, distance);
                outside += distance <= epsilon + AdversarialAudit.Slack ? 0 : 1;
            }

            classification.Run(pixels, default, predictions.AsSpan(first, size), default);
            for (var i = 0; i < size; i++)
            {
                var row = pixels.Slice(i * values, values);
                foreach (ref var pixel in row)
                    pixel = MathF.Round(pixel * 255) / 255;
                images.CopyImage(first + i, natural);
                longestRounded = float.MaxNumber(longestRounded, AdversarialAudit.Distance(norm, natural, row));
            }

            classification.Run(pixels, default, rounded.AsSpan(first, size), default);
        }

        return new Recheck
        {
            Accuracy = Right(predictions, images),
            Rounded = Right(rounded, images),
            PredictionsChanged = recorded.IsEmpty ? null : predictions.Length - CommonPositions(predictions, recorded),
            LargestDistance = longest,
            LargestRoundedDistance = longestRounded,
            OutsideBall = outside,
            NaNs = nans,
            Smallest = smallest,
            Largest = largest,
        };
    }

    private static Accuracy Right(int[] predictions, ImageSet images) => new(CommonPositions(predictions, images.Labels), images.Count);

    private static int CommonPositions(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var common = 0;
        for (var i = 0; i < a.Length; i++)
            common += a[i] == b[i] ? 1 : 0;
        return common;
    }
}
