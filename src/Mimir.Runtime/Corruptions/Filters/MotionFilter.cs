namespace Mimir.Runtime.Corruptions;

/// <summary>Blur along a line, with ImageMagick's semantics: a one-sided Gaussian whose points are rounded to whole pixels. Results are rounded
/// to 16 bits, of which 8 remain.</summary>
internal static class MotionFilter
{
    private const int WideLevels = 257; // 65535 / 255

    /// <summary>Blurs one plane of 8-bit pixels.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="radius">The filter has 2⌈radius⌉ + 1 points.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    /// <param name="degrees">The line's direction: 0 to the right, 90 down.</param>
    /// <param name="result">[side, side], overwritten; not the plane.</param>
    public static void Run(ReadOnlySpan<byte> plane, int side, double radius, double sigma, double degrees, Span<byte> result)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        var points = new (int Right, int Down, double Weight)[2 * (int)Math.Ceiling(radius) + 1];
        var sum = 0.0;
        for (var i = 0; i < points.Length; i++)
        {
            var weight = Math.Exp(-(i * i) / (2 * sigma * sigma));
            points[i] = ((int)Math.Ceiling(i * cosine - 0.5), (int)Math.Ceiling(i * sine - 0.5), weight);
            sum += weight;
        }

        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                var value = 0.0;
                foreach (var (right, down, weight) in points)
                    value += weight * plane[EdgeRule.Nearest.Inside(row + down, side) * side + EdgeRule.Nearest.Inside(column + right, side)];
                result[row * side + column] = (byte)((int)(value / sum * WideLevels + 0.5) / WideLevels);
            }
        }
    }
}
