namespace Mimir.Runtime.Corruptions;

/// <summary>Draws every value towards its channel's mean.</summary>
internal sealed class Contrast : Corruption
{
    private static readonly double[] s_cifar = [0.75, 0.5, 0.4, 0.3, 0.15];
    private static readonly double[] s_tiny = [0.4, 0.3, 0.2, 0.1, 0.05];

    public override string Name => "contrast";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var kept = level.Of(s_cifar, s_tiny);
        var flat = image.Copy();
        for (var channel = 0; channel < flat.Channels; channel++)
        {
            var plane = flat.Plane(channel);
            var mean = 0.0;
            foreach (var value in plane)
                mean += value;
            mean /= plane.Length;
            foreach (ref var value in plane)
                value = (value - mean) * kept + mean;
        }

        flat.Truncate(result);
    }
}
