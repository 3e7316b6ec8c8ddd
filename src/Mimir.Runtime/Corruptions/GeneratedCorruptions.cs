using Mimir.Runtime.Data;

namespace Mimir.Runtime.Corruptions;

/// <summary>Corruptions made from natural images. Their random numbers are Mimir's own, so accuracies on them are not comparable with those on the
/// files of CIFAR-10-C.</summary>
/// <param name="natural">The images; they are rounded to 8 bits first.</param>
/// <param name="seed">Decides every draw.</param>
public sealed class GeneratedCorruptions(ImageSet natural, ulong seed) : CorruptedImages
{
    /// <inheritdoc/>
    public override string Source => natural.Source;

    /// <inheritdoc/>
    public override ImageShape Shape => natural.Shape;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => natural.Labels;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => natural.ClassNames;

    /// <summary>Why images of some shape cannot be corrupted at all; null where they can.</summary>
    public static string? Obstacle(ImageShape shape) =>
        shape.Height != shape.Width ? $"images of {shape} are not square"
        : shape.Height < Corruption.SmallestSide ? $"images of {shape} are too small; the shortest side is {Corruption.SmallestSide}"
        : shape.Channels is not (1 or 3) ? $"images of {shape} are neither grey nor of red, green and blue"
        : null;

    /// <inheritdoc/>
    public override string? Obstacle(Corruption corruption) => Obstacle(Shape) ?? corruption.Obstacle(Shape);

    /// <inheritdoc/>
    internal override void Read(Corruption corruption, int severity, int image, Span<byte> pixels)
    {
        var values = new float[Shape.Values];
        natural.CopyImage(image, values);
        for (var i = 0; i < values.Length; i++)
            pixels[i] = (byte)MathF.Round(values[i] * byte.MaxValue);
        var draws = new CorruptionDraws(seed, CorruptionCatalog.PlaceOf(corruption), severity, image);
        corruption.Apply(PixelGrid.Of(pixels, Shape.Channels, Shape.Height), new CorruptionLevel(severity, Shape.Height), draws, pixels);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
