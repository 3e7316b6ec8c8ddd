namespace Mimir.Runtime.Data.Augmentation;

/// <summary>Cuts a window of random area and aspect ratio and resizes it (<see cref="BicubicResize"/>). Ten tries: area = U(least, most) of the
/// image's, ln(ratio) uniform; the first window that fits is put at a random place. If none fits, the largest centred window whose
/// ratio lies in the range is taken. Source: Szegedy et al. 2015 (arXiv:1409.4842), in the form that torchvision gave it.</summary>
/// <param name="Size">Height and width of the result.</param>
/// <param name="LeastArea">Smallest share of the image's area.</param>
/// <param name="MostArea">Largest share, at most 1.</param>
/// <param name="LeastRatio">Smallest width divided by height.</param>
/// <param name="MostRatio">Largest width divided by height.</param>
public sealed record RandomResizedCrop(int Size, float LeastArea = 0.2f, float MostArea = 1, float LeastRatio = 3f / 4, float MostRatio = 4f / 3) : IAugmentation
{
    private const int Tries = 10;

    /// <inheritdoc/>
    public ImageShape Output(ImageShape input) => new(input.Channels, Size, Size);

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random) =>
        BicubicResize.Run(source, shape, Choose(shape, random), destination, Output(shape));

    /// <summary>Draws the window.</summary>
    internal Window Choose(ImageShape shape, IRandomSource random)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var area = (double)shape.Height * shape.Width * (LeastArea + (MostArea - LeastArea) * random.NextUniform());
            var ratio = Math.Exp(Math.Log(LeastRatio) + (Math.Log(MostRatio) - Math.Log(LeastRatio)) * random.NextUniform());
            var width = (int)Math.Round(Math.Sqrt(area * ratio));
            var height = (int)Math.Round(Math.Sqrt(area / ratio));
            if (width >= 1 && width <= shape.Width && height >= 1 && height <= shape.Height)
                return new Window(random.NextInt(shape.Height - height + 1), random.NextInt(shape.Width - width + 1), height, width);
        }

        return Centre(shape);
    }

    /// <inheritdoc/>
    public override string ToString() => $"random resized crop to {Size} (area {LeastArea:0.##} to {MostArea:0.##})";

    private Window Centre(ImageShape shape)
    {
        var ratio = (double)shape.Width / shape.Height;
        var height = ratio < LeastRatio ? Math.Min(shape.Height, Math.Max(1, (int)Math.Round(shape.Width / LeastRatio))) : shape.Height;
        var width = ratio > MostRatio ? Math.Min(shape.Width, Math.Max(1, (int)Math.Round(shape.Height * MostRatio))) : shape.Width;
        return new Window((shape.Height - height) / 2, (shape.Width - width) / 2, height, width);
    }
}
