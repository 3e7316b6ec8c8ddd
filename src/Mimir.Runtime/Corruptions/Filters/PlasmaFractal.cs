namespace Mimir.Runtime.Corruptions;

/// <summary>Clouds by the diamond-square method on a torus (Fournier, Fussell and Carpenter 1982).</summary>
internal static class PlasmaFractal
{
    private const double FirstWobble = 100;

    /// <summary>A field of heights in [0, 1], both of which occur.</summary>
    /// <param name="side">Rows and columns, a power of two.</param>
    /// <param name="decay">By how much the randomness shrinks from one step length to the next.</param>
    /// <param name="draw">Random numbers, uniform in [−1, 1).</param>
    /// <returns>[side, side].</returns>
    public static double[] Make(int side, double decay, Func<double> draw)
    {
        var heights = new double[side * side];
        var wobble = FirstWobble;
        for (var step = side; step >= 2; step /= 2, wobble /= decay)
        {
            var half = step / 2;
            double At(int row, int column) => heights[(row & (side - 1)) * side + (column & (side - 1))];
            double Mean(double a, double b, double c, double d) => (a + b + c + d) / 4 + wobble * (wobble * draw());
            for (var row = half; row < side; row += step)
            {
                for (var column = half; column < side; column += step)
                {
                    heights[row * side + column] = Mean(
                        At(row - half, column - half), At(row + half, column - half), At(row - half, column + half), At(row + half, column + half));
                }
            }

            Midpoints(0, half);
            Midpoints(half, 0);

            void Midpoints(int firstRow, int firstColumn)
            {
                for (var row = firstRow; row < side; row += step)
                {
                    for (var column = firstColumn; column < side; column += step)
                        heights[row * side + column] = Mean(At(row - half, column), At(row + half, column), At(row, column - half), At(row, column + half));
                }
            }
        }

        var (least, most) = (heights.Min(), heights.Max());
        for (var i = 0; i < heights.Length; i++)
            heights[i] = (heights[i] - least) / (most - least);
        return heights;
    }
}
