namespace Mimir.Runtime.Corruptions;

/// <summary>A square image of numbers that are in [0, 1] where they are pixels.</summary>
internal sealed class PixelGrid
{
    private const double White = 255;

    private readonly double[] _values;

    /// <summary>An image of zeros.</summary>
    public PixelGrid(int channels, int side) => (Channels, Side, _values) = (channels, side, new double[channels * side * side]);

    /// <summary>Planes: 1 for grey, 3 for red, green, blue.</summary>
    public int Channels { get; }

    /// <summary>Rows, and as many columns.</summary>
    public int Side { get; }

    /// <summary>[channels, side, side].</summary>
    public Span<double> Values => _values;

    /// <summary>[side, side].</summary>
    public Span<double> Plane(int channel) => _values.AsSpan(channel * Side * Side, Side * Side);

    /// <summary>Values k/255.</summary>
    /// <param name="pixels">[channels, side, side].</param>
    /// <param name="channels">Planes.</param>
    /// <param name="side">Rows.</param>
    public static PixelGrid Of(ReadOnlySpan<byte> pixels, int channels, int side)
    {
        var grid = new PixelGrid(channels, side);
        for (var i = 0; i < grid._values.Length; i++)
            grid._values[i] = pixels[i] / White;
        return grid;
    }

    /// <summary>Of these values, clipped to [0, 1] and times 255, the whole part: what CIFAR-10-C holds.</summary>
    /// <param name="pixels">[channels, side, side], overwritten.</param>
    public void Truncate(Span<byte> pixels)
    {
        for (var i = 0; i < _values.Length; i++)
            pixels[i] = (byte)(Math.Clamp(_values[i], 0, 1) * White);
    }

    /// <summary>As <see cref="Truncate"/>, with values and product rounded to float32, as the references do in those corruptions
    /// that they compute in float32: at whole numbers it matters.</summary>
    public void TruncateSingle(Span<byte> pixels)
    {
        for (var i = 0; i < _values.Length; i++)
            pixels[i] = (byte)(float)(Math.Clamp((float)_values[i], 0f, 1f) * (float)White);
    }

    /// <summary>The image as 8-bit pixels, values k/255 exactly.</summary>
    /// <param name="pixels">[channels, side, side], overwritten.</param>
    public void Round(Span<byte> pixels)
    {
        for (var i = 0; i < _values.Length; i++)
            pixels[i] = (byte)Math.Round(_values[i] * White);
    }

    /// <summary>A copy.</summary>
    public PixelGrid Copy()
    {
        var copy = new PixelGrid(Channels, Side);
        _values.CopyTo(copy._values, 0);
        return copy;
    }
}
