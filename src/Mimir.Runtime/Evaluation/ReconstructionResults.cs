namespace Mimir.Runtime.Evaluation;

/// <summary>What an attack does to an auto-encoder's reconstruction: the mean squared error of an image's hidden patches, always of the natural image
/// and under the same mask, image by image.</summary>
/// <param name="Natural">Of the images as they are.</param>
/// <param name="Noise">Of the attack's random starts.</param>
/// <param name="Attacked">Of the attacked images.</param>
/// <param name="StillShare">Share of pixels that had no gradient in the last step and so kept the noise that the attack started with.</param>
public sealed record ReconstructionResults(
    IReadOnlyList<float> Natural, IReadOnlyList<float> Noise, IReadOnlyList<float> Attacked, double StillShare)
{
    /// <summary>A list's mean and half the width of its 95 % interval, 1.96·s/√n; the interval of one image is not known (NaN).</summary>
    public static (double Mean, double Interval) Mean(IReadOnlyList<float> errors)
    {
        var mean = errors.Average(error => (double)error);
        var squares = errors.Sum(error => (error - mean) * (error - mean));
        return (mean, 1.96 * Math.Sqrt(squares / (errors.Count - 1) / errors.Count));
    }
}
