namespace Mimir.Runtime.Corruptions;

/// <summary>An affine map of the plane given by three points and where they go, and images moved by it: bilinear in float32 at positions
/// rounded to 1/32 pixel as OpenCV does, with the image mirrored about its last pixel.</summary>
internal sealed class AffineWarp
{
    private const int PositionBits = 10;
    private const int FractionBits = 5;
    private const int Fractions = 1 << FractionBits;

    private readonly double[] _rows; // 2x3: from the result's positions to the source's

    private AffineWarp(double[] rows) => _rows = rows;

    /// <summary>The map that takes points to points.</summary>
    /// <param name="from">Three points (x, y), not on a line.</param>
    /// <param name="to">Where they go; not on a line.</param>
    public static AffineWarp Between(ReadOnlySpan<(double X, double Y)> from, ReadOnlySpan<(double X, double Y)> to)
    {
        // Positions in the source are wanted, so the map is solved backwards: differences to the first point span the plane.
        var (x1, y1, x2, y2) = (to[1].X - to[0].X, to[1].Y - to[0].Y, to[2].X - to[0].X, to[2].Y - to[0].Y);
        var determinant = x1 * y2 - x2 * y1;
        (double A, double B, double C) Row(double f0, double f1, double f2, double toX, double toY)
        {
            var a = ((f1 - f0) * y2 - (f2 - f0) * y1) / determinant;
            var b = ((f2 - f0) * x1 - (f1 - f0) * x2) / determinant;
            return (a, b, f0 - a * toX - b * toY);
        }

        var x = Row(from[0].X, from[1].X, from[2].X, to[0].X, to[0].Y);
        var y = Row(from[0].Y, from[1].Y, from[2].Y, to[0].X, to[0].Y);
        return new AffineWarp([x.A, x.B, x.C, y.A, y.B, y.C]);
    }

    /// <summary>Moves one plane.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="result">[side, side], overwritten; not the plane.</param>
    public void Run(ReadOnlySpan<double> plane, int side, Span<double> result)
    {
        for (var row = 0; row < side; row++)
        {
            for (var column = 0; column < side; column++)
            {
                var (x, right) = Position(_rows[0], _rows[1], _rows[2], column, row);
                var (y, down) = Position(_rows[3], _rows[4], _rows[5], column, row);
                var (left, next) = (EdgeRule.Reflect101.Inside(x, side), EdgeRule.Reflect101.Inside(x + 1, side));
                var (above, below) = (EdgeRule.Reflect101.Inside(y, side) * side, EdgeRule.Reflect101.Inside(y + 1, side) * side);
                result[row * side + column] =
                    (float)plane[above + left] * ((1 - right) * (1 - down)) + (float)plane[above + next] * (right * (1 - down))
                    + (float)plane[below + left] * ((1 - right) * down) + (float)plane[below + next] * (right * down);
            }
        }
    }

    private static (int Pixel, float Fraction) Position(double a, double b, double c, int column, int row)
    {
        const double scale = 1 << PositionBits;
        const int half = (1 << PositionBits) / Fractions / 2;
        var position = ((int)Math.Round((b * row + c) * scale) + half + (int)Math.Round(a * column * scale)) >> (PositionBits - FractionBits);
        return (position >> FractionBits, (position & (Fractions - 1)) / (float)Fractions);
    }
}
