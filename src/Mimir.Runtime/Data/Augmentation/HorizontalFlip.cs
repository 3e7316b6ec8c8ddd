namespace Mimir.Runtime.Data.Augmentation;

/// <summary>Mirrors left and right with probability one half. One draw an image.</summary>
public sealed record HorizontalFlip : IAugmentation
{
    /// <inheritdoc/>
    public ImageShape Output(ImageShape input) => input;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random)
    {
        source.CopyTo(destination);
        if (random.NextUniform() >= 0.5f)
            return;
        for (var row = 0; row < shape.Channels * shape.Height; row++)
            destination.Slice(row * shape.Width, shape.Width).Reverse();
    }

    /// <inheritdoc/>
    public override string ToString() => "horizontal flip";
}
