namespace Mimir.Runtime.Data;

/// <summary>The size of one image, stored [channels, height, width].</summary>
/// <param name="Channels">1 for grey, 3 for red, green, blue.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Values of one image.</summary>
    public int Values => checked(Channels * Height * Width);

    /// <inheritdoc/>
    public override string ToString() => $"{Channels}x{Height}x{Width}";
}
