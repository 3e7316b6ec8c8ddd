namespace Mimir.Runtime.Corruptions;

/// <summary>A centre crop of side ⌈side / factor⌉, enlarged by the factor with corner-aligned bilinear interpolation and trimmed to the side again.</summary>
internal static class ClippedZoom
{
    /// <summary>Zooms one plane.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="factor">At least 1.</param>
    /// <param name="result">[side, side], overwritten; not the plane.</param>
    public static void Run(ReadOnlySpan<double> plane, int side, double factor, Span<double> result)
    {
        var crop = (int)Math.Ceiling(side / factor);
        var top = (side - crop) / 2;
        var enlarged = (int)Math.Round(crop * factor);
        var trim = (enlarged - side) / 2;
        var step = enlarged > 1 ? (crop - 1.0) / (enlarged - 1.0) : 1;
        for (var row = 0; row < side; row++)
        {
            var (above, down) = Split((row + trim) * step, crop);
            for (var column = 0; column < side; column++)
            {
                var (left, right) = Split((column + trim) * step, crop);
                var at = (top + above) * side + top + left;
                result[row * side + column] =
                    plane[at] * (1 - down) * (1 - right) + plane[at + 1] * (1 - down) * right
                    + plane[at + side] * down * (1 - right) + plane[at + side + 1] * down * right;
            }
        }
    }

    /// <summary>A position as a pixel that has a right neighbour in the crop, and the way from it to that.</summary>
    private static (int Pixel, double Fraction) Split(double position, int crop)
    {
        var pixel = Math.Clamp((int)position, 0, crop - 2);
        return (pixel, Math.Min(position - pixel, 1));
    }
}
