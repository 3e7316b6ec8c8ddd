using Mimir.Runtime.Data;

namespace Mimir.Runtime.Corruptions;

/// <summary>Takes colour away or adds to it.</summary>
internal sealed class Saturate : Corruption
{
    private static readonly (double Factor, double More)[] s_cifar = [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)];
    private static readonly (double Factor, double More)[] s_tiny = [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (30, 0.2)];

    public override string Name => "saturate";

    public override bool IsExtra => true;

    public override string? Obstacle(ImageShape shape) => shape.Channels == 1 ? "grey images have no saturation" : null;

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var (factor, more) = level.Of(s_cifar, s_tiny);
        var coloured = image.Copy();
        HueSaturationValue.Map(coloured, colour => colour with { Saturation = Math.Clamp(colour.Saturation * factor + more, 0, 1) });
        coloured.Truncate(result);
    }
}
