namespace Mimir.Runtime.Corruptions;

/// <summary>Smoothing with a normalised Gaussian, rows then columns, in the order of operations of SciPy's <c>gaussian_filter</c>.</summary>
internal static class GaussianFilter
{
    /// <summary>How many deviations the filter reaches, as scikit-image has it.</summary>
    public const double UsualReach = 4;

    /// <summary>Weights of the offsets 0, 1, ..., ⌊reach·σ + ½⌋; those of negative offsets are the same.</summary>
    public static double[] Weights(double sigma, double reach)
    {
        var radius = (int)(reach * sigma + 0.5);
        var weights = new double[radius + 1];
        var sum = 0.0;
        for (var i = -radius; i <= radius; i++)
            sum += weights[Math.Abs(i)] = Math.Exp(-0.5 / (sigma * sigma) * (i * i));
        for (var i = 0; i <= radius; i++)
            weights[i] /= sum;
        return weights;
    }

    /// <summary>Smooths every plane in place.</summary>
    public static void Run(PixelGrid grid, double sigma, EdgeRule edge = EdgeRule.Nearest, double reach = UsualReach)
    {
        for (var channel = 0; channel < grid.Channels; channel++)
            Run(grid.Plane(channel), grid.Side, sigma, edge, reach);
    }

    /// <summary>Smooths one plane in place; a σ of 0 leaves it as it is.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    /// <param name="edge">What stands beyond the border.</param>
    /// <param name="reach">Deviations from the middle to the filter's end.</param>
    public static void Run(Span<double> plane, int side, double sigma, EdgeRule edge, double reach)
    {
        if (sigma <= 0)
            return;
        var weights = Weights(sigma, reach);
        var line = new double[side];
        for (var column = 0; column < side; column++)
            Run(plane, column, side, line, weights, edge);
        for (var row = 0; row < side; row++)
            Run(plane, row * side, 1, line, weights, edge);
    }

    private static void Run(Span<double> plane, int start, int step, double[] line, double[] weights, EdgeRule edge)
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = plane[start + i * step];
        for (var i = 0; i < line.Length; i++)
        {
            var sum = line[i] * weights[0];
            for (var offset = weights.Length - 1; offset > 0; offset--) // from the far end, as SciPy adds
                sum += (line[edge.Inside(i - offset, line.Length)] + line[edge.Inside(i + offset, line.Length)]) * weights[offset];
            plane[start + i * step] = sum;
        }
    }
}
