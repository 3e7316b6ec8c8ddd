namespace Mimir.Runtime.Data.Augmentation;

/// <summary>Pads with zeros on all sides and cuts a window of the image's own size at a random place: a shift by up to
/// <paramref name="Padding"/> pixels, every shift equally likely. Draws the row, then the column.</summary>
/// <param name="Padding">Pixels on each side, from 0.</param>
public sealed record RandomCrop(int Padding) : IAugmentation
{
    /// <inheritdoc/>
    public ImageShape Output(ImageShape input) => input;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random)
    {
        // Row r of the result is row r + down of the image, which need not exist; columns likewise.
        var down = random.NextInt(2 * Padding + 1) - Padding;
        var right = random.NextInt(2 * Padding + 1) - Padding;
        destination.Clear();
        var width = shape.Width - Math.Abs(right);
        if (width <= 0)
            return;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var row = Math.Max(0, -down); row < Math.Min(shape.Height, shape.Height - down); row++)
            {
                var from = (channel * shape.Height + row + down) * shape.Width + Math.Max(0, right);
                var to = (channel * shape.Height + row) * shape.Width + Math.Max(0, -right);
                source.Slice(from, width).CopyTo(destination.Slice(to, width));
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"random crop (padding {Padding})";
}
