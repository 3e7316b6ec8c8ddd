namespace Mimir.Runtime.Corruptions;

/// <summary>A rubber sheet: an affine map of three jittered points, then smooth random displacements (Simard, Steinkraus and Platt 2003).</summary>
internal sealed class ElasticTransform : Corruption
{
    private const double FilterReach = 3;

    private static readonly (double Length, double Sigma, double Jitter)[] s_cifar =
        [(0, 0, 2.56), (1.6, 6.4, 2.24), (2.56, 1.92, 1.92), (3.2, 1.28, 1.6), (3.2, 0.96, 0.96)];

    // The reference gives these as shares of the side.
    private static readonly (double Length, double Sigma, double Jitter)[] s_tiny =
        [(0, 0, 64 * 0.08), (64 * 0.05, 64 * 0.3, 64 * 0.06), (64 * 0.1, 64 * 0.08, 64 * 0.06), (64 * 0.1, 64 * 0.03, 64 * 0.03), (64 * 0.16, 64 * 0.03, 64 * 0.02)];

    public override string Name => "elastic_transform";

    /// <summary>The three points that are moved: lower right, upper right, upper left of a square in the middle.</summary>
    internal static (double X, double Y)[] Corners(int side)
    {
        var (centre, half) = (side / 2, side / 3);
        return [(centre + half, centre + half), (centre + half, centre - half), (centre - half, centre - half)];
    }

    internal override void Apply(PixelGrid image, CorruptionLevel level, CorruptionDraws draws, Span<byte> result)
    {
        var (length, sigma, jitter) = level.Of(s_cifar, s_tiny);
        (length, sigma, jitter) = (length * level.Scale, sigma * level.Scale, jitter * level.Scale);
        var to = Corners(image.Side);
        foreach (ref var point in to.AsSpan())
            point = ((float)(point.X + draws.Uniform(-jitter, jitter)), (float)(point.Y + draws.Uniform(-jitter, jitter)));
        var right = Displacements(image.Side, length, sigma, draws);
        var down = Displacements(image.Side, length, sigma, draws);
        Transform(image, to, right, down, result);
    }

    /// <summary>As <see cref="Apply"/>, with given draws.</summary>
    /// <param name="image">The natural image.</param>
    /// <param name="to">Where the three points go.</param>
    /// <param name="right">[side, side] pixels to the right that each result is taken from.</param>
    /// <param name="down">[side, side] pixels down.</param>
    /// <param name="result">[channels, side, side], overwritten.</param>
    internal static void Transform(PixelGrid image, ReadOnlySpan<(double X, double Y)> to, double[] right, double[] down, Span<byte> result)
    {
        var side = image.Side;
        var warp = AffineWarp.Between(Corners(side), to);
        var moved = new PixelGrid(image.Channels, side);
        var warped = new double[side * side];
        for (var channel = 0; channel < image.Channels; channel++)
        {
            var plane = image.Plane(channel).ToArray().AsSpan();
            foreach (ref var value in plane)
                value = (float)value;
            warp.Run(plane, side, warped);
            var target = moved.Plane(channel);
            for (var i = 0; i < target.Length; i++)
                target[i] = Between(warped, side, i / side + (double)(float)down[i], i % side + (double)(float)right[i]);
        }

        moved.TruncateSingle(result);
    }

    private static double[] Displacements(int side, double length, double sigma, CorruptionDraws draws)
    {
        var field = new double[side * side];
        foreach (ref var value in field.AsSpan())
            value = draws.Uniform(-1, 1);
        GaussianFilter.Run(field, side, sigma, EdgeRule.Reflect, FilterReach);
        foreach (ref var value in field.AsSpan())
            value *= length;
        return field;
    }

    private static double Between(double[] plane, int side, double y, double x)
    {
        var (row, column) = ((int)Math.Floor(y), (int)Math.Floor(x));
        var (down, right) = (y - row, x - column);
        var (above, below) = (EdgeRule.Reflect.Inside(row, side) * side, EdgeRule.Reflect.Inside(row + 1, side) * side);
        var (left, next) = (EdgeRule.Reflect.Inside(column, side), EdgeRule.Reflect.Inside(column + 1, side));
        return plane[above + left] * (1 - down) * (1 - right) + plane[above + next] * (1 - down) * right
            + plane[below + left] * down * (1 - right) + plane[below + next] * down * right;
    }
}
