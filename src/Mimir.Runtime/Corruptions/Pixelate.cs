namespace Mimir.Runtime.Corruptions;

/// <summary>Makes the image smaller and large again, by means over boxes.</summary>
internal sealed class Pixelate : Corruption
{
    private static readonly double[] s_cifar = [0.95, 0.9, 0.85, 0.75, 0.65];
    private static readonly double[] s_tiny = [0.9, 0.8, 0.7, 0.6, 0.5];

    public override string Name => "pixelate";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var (side, small) = (image.Side, (int)(image.Side * level.Of(s_cifar, s_tiny)));
        var pixels = new byte[image.Values.Length];
        image.Round(pixels);
        for (var start = 0; start < pixels.Length; start += side * side)
            BoxResize.Run(BoxResize.Run(pixels.AsSpan(start, side * side), side, small), small, side).CopyTo(result[start..]);
    }
}
