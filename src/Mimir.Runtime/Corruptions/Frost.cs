using Mimir.Runtime.Data;

namespace Mimir.Runtime.Corruptions;

/// <summary>Ice on the lens. It mixes in photographs that belong to others and are not part of Mimir, so it is only read from files.</summary>
internal sealed class Frost : Corruption
{
    public override string Name => "frost";

    public override string Obstacle(ImageShape shape) => "it needs photographs of frost that are not part of Mimir; --files reads it";

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result) =>
        throw new NotSupportedException(Obstacle(new ImageShape(image.Channels, image.Side, image.Side)));
}
