namespace Mimir.Runtime.Corruptions.Jpeg;

/// <summary>What baseline JPEG does to an image with libjpeg's usual settings (ITU-T T.81, JFIF's colours, 4:2:0, accurate integer transforms,
/// interpolated colours). Entropy coding loses nothing and is left out. Agrees with libjpeg-turbo to the bit.</summary>
internal static class JpegRoundTrip
{
    private const int FractionBits = 16;
    private const int Half = 1 << (FractionBits - 1);
    private const int Middle = 128;

    /// <summary>Compresses and decompresses.</summary>
    /// <param name="pixels">[channels, height, width], in place; 1 or 3 channels.</param>
    /// <param name="channels">1 for grey.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns, at least 5.</param>
    /// <param name="quality">1 to 100.</param>
    public static void Run(Span<byte> pixels, int channels, int height, int width, int quality)
    {
        if (channels == 1)
        {
            var grey = new SamplePlane(height, width);
            for (var i = 0; i < pixels.Length; i++)
                grey[i / width, i % width] = pixels[i];
            Compress(grey, QuantisationTable.Luminance(quality));
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = grey[i / width, i % width];
            return;
        }

        var (luminance, blueness, redness) = (new SamplePlane(height, width), new SamplePlane(height, width), new SamplePlane(height, width));
        Split(pixels, luminance, blueness, redness);
        Compress(luminance, QuantisationTable.Luminance(quality));
        var steps = QuantisationTable.Chrominance(quality);
        Join(luminance, Coarse(blueness, steps), Coarse(redness, steps), pixels);
    }

    private static void Compress(SamplePlane plane, int[] steps)
    {
        plane.PadColumns();
        plane.PadRows();
        plane.Quantise(steps);
    }

    private static SamplePlane Coarse(SamplePlane plane, int[] steps)
    {
        var half = ChromaSampling.Halve(plane);
        half.Quantise(steps);
        return ChromaSampling.Double(half, plane.Height, plane.Width);
    }

    private static void Split(ReadOnlySpan<byte> pixels, SamplePlane luminance, SamplePlane blueness, SamplePlane redness)
    {
        var (width, count) = (luminance.Width, luminance.Height * luminance.Width);
        for (var i = 0; i < count; i++)
        {
            var (r, g, b) = (pixels[i], pixels[count + i], pixels[2 * count + i]);
            luminance[i / width, i % width] = (byte)((Fixed(0.299) * r + Fixed(0.587) * g + Fixed(0.114) * b + Half) >> FractionBits);

            // One less than a half, so that the largest difference stays 255.
            const int rounding = (Middle << FractionBits) + Half - 1;
            blueness[i / width, i % width] = (byte)((-Fixed(0.16874) * r - Fixed(0.33126) * g + Fixed(0.5) * b + rounding) >> FractionBits);
            redness[i / width, i % width] = (byte)((Fixed(0.5) * r - Fixed(0.41869) * g - Fixed(0.08131) * b + rounding) >> FractionBits);
        }
    }

    private static void Join(SamplePlane luminance, SamplePlane blueness, SamplePlane redness, Span<byte> pixels)
    {
        var (width, count) = (luminance.Width, luminance.Height * luminance.Width);
        for (var i = 0; i < count; i++)
        {
            int y = luminance[i / width, i % width];
            var (cb, cr) = (blueness[i / width, i % width] - Middle, redness[i / width, i % width] - Middle);
            pixels[i] = Pixel(y + ((Fixed(1.402) * cr + Half) >> FractionBits));
            pixels[count + i] = Pixel(y + ((-Fixed(0.34414) * cb - Fixed(0.71414) * cr + Half) >> FractionBits));
            pixels[2 * count + i] = Pixel(y + ((Fixed(1.772) * cb + Half) >> FractionBits));
        }
    }

    private static int Fixed(double factor) => (int)(factor * (1 << FractionBits) + 0.5);

    private static byte Pixel(int value) => (byte)Math.Clamp(value, 0, byte.MaxValue);
}
