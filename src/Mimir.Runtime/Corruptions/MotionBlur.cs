namespace Mimir.Runtime.Corruptions;

/// <summary>A camera that moves in a direction within 45 degrees of the horizontal.</summary>
internal sealed class MotionBlur : Corruption
{
    private const double MostDegrees = 45;

    private static readonly (double Radius, double Sigma)[] s_cifar = [(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)];
    private static readonly (double Radius, double Sigma)[] s_tiny = [(10, 1), (10, 1.5), (10, 2), (10, 2.5), (12, 3)];

    public override string Name => "motion_blur";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result) =>
        Blur(image, level, draws.Uniform(-MostDegrees, MostDegrees), result);

    /// <summary>As <see cref="Apply"/>, in a given direction.</summary>
    internal static void Blur(PixelGrid image, CorruptionLevel level, double degrees, Span<byte> result)
    {
        var (radius, sigma) = level.Of(s_cifar, s_tiny);
        var pixels = new byte[image.Values.Length];
        image.Round(pixels);
        var plane = image.Side * image.Side;
        for (var start = 0; start < pixels.Length; start += plane)
            MotionFilter.Run(pixels.AsSpan(start, plane), image.Side, radius * level.Scale, sigma * level.Scale, degrees, result.Slice(start, plane));
    }
}
