namespace Mimir.Runtime.Corruptions;

/// <summary>A lens out of focus: the mean over a disk of whole pixels, whose edge is smoothed by a 3x3 Gaussian; beyond the border the image is
/// mirrored about its last pixel.</summary>
internal sealed class DefocusBlur : Corruption
{
    private static readonly (double Radius, double Sigma)[] s_cifar = [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)];
    private static readonly (double Radius, double Sigma)[] s_tiny = [(0.5, 0.6), (1, 0.1), (1.5, 0.1), (2.5, 0.01), (3, 0.1)];

    public override string Name => "defocus_blur";

    /// <summary>The filter, computed in float32 as the reference's is.</summary>
    /// <param name="radius">Of the disk, in pixels.</param>
    /// <param name="sigma">Of the smoothing.</param>
    /// <returns>[2n + 1, 2n + 1].</returns>
    internal static float[,] Kernel(double radius, double sigma)
    {
        var reach = (int)radius + 1; // the smoothing adds one pixel
        var size = 2 * reach + 1;
        var disk = new float[size + 2, size + 2]; // with a border of zeros
        var inside = 0;
        foreach (var pass in new[] { false, true })
        {
            for (var y = -reach; y <= reach; y++)
            {
                for (var x = -reach; x <= reach; x++)
                {
                    if (x * x + y * y > radius * radius)
                        continue;
                    if (pass)
                        disk[y + reach + 1, x + reach + 1] = 1f / inside;
                    else
                        inside++;
                }
            }
        }

        var beside = Math.Exp(-0.5 / (sigma * sigma));
        var (middle, outer) = ((float)(1 / (1 + 2 * beside)), (float)(beside / (1 + 2 * beside)));
        var rows = new float[size + 2, size];
        for (var y = 0; y < size + 2; y++)
        {
            for (var x = 0; x < size; x++)
                rows[y, x] = disk[y, x + 1] * middle + (disk[y, x] + disk[y, x + 2]) * outer;
        }

        var kernel = new float[size, size];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
                kernel[y, x] = rows[y + 1, x] * middle + (rows[y, x] + rows[y + 2, x]) * outer;
        }

        return kernel;
    }

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var (radius, sigma) = level.Of(s_cifar, s_tiny);
        var kernel = Kernel(radius * level.Scale, sigma * level.Scale);
        var blurred = new PixelGrid(image.Channels, image.Side);
        for (var channel = 0; channel < image.Channels; channel++)
            Correlate(image.Plane(channel), kernel, image.Side, blurred.Plane(channel));
        blurred.Truncate(result);
    }

    private static void Correlate(ReadOnlySpan<double> plane, float[,] kernel, int side, Span<double> result)
    {
        var (size, reach) = (kernel.GetLength(0), kernel.GetLength(0) / 2);
        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                var sum = 0.0;
                for (var y = 0; y < size; y++)
                {
                    var line = EdgeRule.Reflect101.Inside(row + y - reach, side) * side;
                    for (var x = 0; x < size; x++)
                        sum += kernel[y, x] * plane[line + EdgeRule.Reflect101.Inside(column + x - reach, side)];
                }

                result[row * side + column] = sum;
            }
        }
    }
}
