using Mimir.Runtime.Corruptions.Jpeg;

namespace Mimir.Runtime.Corruptions;

/// <summary>Compresses with JPEG.</summary>
internal sealed class JpegCompression : Corruption
{
    private static readonly int[] s_cifar = [80, 65, 58, 50, 40];
    private static readonly int[] s_tiny = [65, 58, 50, 40, 25];

    public override string Name => "jpeg_compression";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        image.Round(result);
        JpegRoundTrip.Run(result, image.Channels, image.Side, image.Side, level.Of(s_cifar, s_tiny));
    }
}
