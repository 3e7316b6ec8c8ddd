namespace Mimir.Runtime.Corruptions;

/// <summary>Falling flakes over a paler image: bright points of noise, blurred along a steep line, once upright and once upside down.</summary>
internal sealed class Snow : Corruption
{
    private static readonly SnowConstants[] s_cifar =
    [
        new(0.1, 0.2, 1, 0.6, 8, 3, 0.95),
        new(0.1, 0.2, 1, 0.5, 10, 4, 0.9),
        new(0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
        new(0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
        new(0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
    ];

    private static readonly double[] s_tinyKept = [0.8, 0.8, 0.7, 0.65, 0.6];

    private static readonly SnowConstants[] s_tiny = [.. s_cifar.Zip(s_tinyKept, (constants, kept) => constants with { Kept = kept })];

    public override string Name => "snow";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var constants = level.Of(s_cifar, s_tiny);
        var noise = new double[image.Side * image.Side];
        foreach (ref var value in noise.AsSpan())
            value = draws.Normal(constants.Mean, constants.Deviation);
        Fall(image, level, noise, draws.Uniform(-135, -45), result);
    }

    /// <summary>As <see cref="Apply"/>, with given draws.</summary>
    /// <param name="image">The natural image.</param>
    /// <param name="level">How much.</param>
    /// <param name="noise">[side, side] normal numbers of the level's mean and deviation.</param>
    /// <param name="degrees">Where the flakes fall.</param>
    /// <param name="result">[channels, side, side], overwritten.</param>
    internal static void Fall(PixelGrid image, CorruptionLevel level, double[] noise, double degrees, Span<byte> result)
    {
        var constants = level.Of(s_cifar, s_tiny);
        var flakes = Flakes(constants, noise, image.Side, degrees);
        var snowy = new PixelGrid(image.Channels, image.Side);
        var kept = (float)constants.Kept;
        for (var i = 0; i < flakes.Length; i++)
        {
            var pale = Grey(image, i) * 1.5f + 0.5f;
            for (var channel = 0; channel < image.Channels; channel++)
            {
                var value = (float)image.Plane(channel)[i];
                var blended = kept * value + (float)(1 - constants.Kept) * Math.Max(value, pale);
                snowy.Plane(channel)[i] = blended + flakes[i] / 255.0 + flakes[^(i + 1)] / 255.0;
            }
        }

        snowy.Truncate(result);
    }

    private static byte[] Flakes(SnowConstants constants, double[] noise, int side, double degrees)
    {
        var zoomed = new double[noise.Length];
        ClippedZoom.Run(noise, side, constants.Zoom, zoomed);
        var layer = Array.ConvertAll(zoomed, value => value < constants.Threshold ? (byte)0 : (byte)(Math.Clamp(value, 0, 1) * 255));
        var flakes = new byte[layer.Length];
        MotionFilter.Run(layer, side, constants.Radius, constants.Sigma, degrees, flakes);
        return flakes;
    }

    private static float Grey(PixelGrid image, int pixel) => image.Channels == 1
        ? (float)image.Values[pixel]
        : 0.299f * (float)image.Plane(0)[pixel] + 0.587f * (float)image.Plane(1)[pixel] + 0.114f * (float)image.Plane(2)[pixel];

    /// <summary>Constants of one severity.</summary>
    /// <param name="Mean">Of the noise.</param>
    /// <param name="Deviation">Of the noise.</param>
    /// <param name="Zoom">How much larger flakes are than pixels.</param>
    /// <param name="Threshold">What is darker is no flake.</param>
    /// <param name="Radius">Of the motion blur.</param>
    /// <param name="Sigma">Of the motion blur.</param>
    /// <param name="Kept">Share of the image that does not grow pale.</param>
    private sealed record SnowConstants(double Mean, double Deviation, double Zoom, double Threshold, double Radius, double Sigma, double Kept);
}
