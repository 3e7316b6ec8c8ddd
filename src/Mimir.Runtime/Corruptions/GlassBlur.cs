namespace Mimir.Runtime.Corruptions;

/// <summary>Frosted glass: a blur, then every pixel takes the value of a random neighbour, then the blur again. The paper speaks of exchanging
/// pixels; the code that made CIFAR-10-C copies one over the other, and so does this.</summary>
internal sealed class GlassBlur : Corruption
{
    private static readonly (double Sigma, int Reach, int Passes)[] s_cifar = [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)];
    private static readonly (double Sigma, int Reach, int Passes)[] s_tiny = [(0.1, 1, 1), (0.5, 1, 1), (0.6, 1, 2), (0.7, 2, 1), (0.9, 2, 2)];

    public override string Name => "glass_blur";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var (sigma, reach, passes) = level.Of(s_cifar, s_tiny);
        (sigma, reach) = (sigma * level.Scale, Math.Max(1, (int)Math.Round(reach * level.Scale)));
        var blurred = image.Copy();
        GaussianFilter.Run(blurred, sigma);
        blurred.Truncate(result);
        Scatter(result, image.Channels, image.Side, reach, passes, () => draws.Whole(2 * reach) - reach);
        blurred = PixelGrid.Of(result, image.Channels, image.Side);
        GaussianFilter.Run(blurred, sigma);
        blurred.Truncate(result);
    }

    /// <summary>Lets every pixel from the lower right on take a neighbour's values.</summary>
    /// <param name="pixels">[channels, side, side], in place.</param>
    /// <param name="channels">Planes.</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="reach">Pixels from the border that stay, and how far a neighbour may be.</param>
    /// <param name="passes">How often.</param>
    /// <param name="offset">Offsets in [−reach, reach), for each pixel first to the right, then down.</param>
    internal static void Scatter(Span<byte> pixels, int channels, int side, int reach, int passes, Func<int> offset)
    {
        for (var pass = 0; pass < passes; pass++)
        {
            for (var row = side - reach; row > reach; row--)
            {
                for (var column = side - reach; column > reach; column--)
                {
                    var right = offset();
                    var from = (row + offset()) * side + column + right;
                    for (var channel = 0; channel < channels; channel++)
                        pixels[channel * side * side + row * side + column] = pixels[channel * side * side + from];
                }
            }
        }
    }
}
