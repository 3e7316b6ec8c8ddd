namespace Mimir.Runtime.Corruptions;

/// <summary>A camera that moves towards the scene: the mean of the image and of zooms of it by 1, 1.01, 1.02 and so on.</summary>
internal sealed class ZoomBlur : Corruption
{
    private static readonly double[] s_ends = [1.06, 1.11, 1.16, 1.21, 1.26];

    public override string Name => "zoom_blur";

    /// <summary>The factors that NumPy's <c>arange(1, end, 0.01)</c> gives: rounding lets three of the five ranges include their end.</summary>
    internal static double[] Factors(double end)
    {
        var factors = new double[(int)Math.Ceiling((end - 1) / 0.01)];
        var step = (1 + 0.01) - 1;
        for (var i = 0; i < factors.Length; i++)
            factors[i] = 1 + i * step;
        return factors;
    }

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var factors = Factors(level.Of(s_ends, s_ends));
        var blurred = new PixelGrid(image.Channels, image.Side);
        var zoomed = new double[image.Side * image.Side];
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var plane = image.Plane(channel).ToArray().AsSpan();
            foreach (ref var value in plane)
                value = (float)value;
            var sums = blurred.Plane(channel);
            foreach (var factor in factors)
            {
                ClippedZoom.Run(plane, image.Side, factor, zoomed);
                for (var i = 0; i < zoomed.Length; i++)
                    sums[i] = (float)sums[i] + (float)zoomed[i];
            }

            for (var i = 0; i < zoomed.Length; i++)
                sums[i] = ((float)plane[i] + (float)sums[i]) / (factors.Length + 1);
        }

        blurred.TruncateSingle(result);
    }
}
