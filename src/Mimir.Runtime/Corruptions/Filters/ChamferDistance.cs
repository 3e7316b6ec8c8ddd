namespace Mimir.Runtime.Corruptions;

/// <summary>Distances to the nearest marked pixel along steps of a 5x5 mask, in OpenCV's fixed point (Borgefors 1986).</summary>
internal static class ChamferDistance
{
    private const int FractionBits = 16;
    private const int Unreached = int.MaxValue >> 2;

    // The half of the mask that lies before a pixel in reading order, and the lengths of its steps.
    private static readonly (int Row, int Column, int Length)[] s_steps =
    [
        (-2, -1, Fixed(2.1969)), (-2, 1, Fixed(2.1969)), (-1, -2, Fixed(2.1969)), (-1, -1, Fixed(1.4)), (-1, 0, Fixed(1)), (-1, 1, Fixed(1.4)),
        (-1, 2, Fixed(2.1969)), (0, -1, Fixed(1)),
    ];

    /// <summary>Measures them in two passes.</summary>
    /// <param name="marked">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <returns>[side, side]; 8192 and more where nothing is marked.</returns>
    public static float[] Measure(bool[] marked, int side)
    {
        var distances = Array.ConvertAll(marked, mark => mark ? 0 : Unreached);
        for (var i = 0; i < distances.Length; i++)
            Relax(distances, side, i, 1);
        for (var i = distances.Length - 1; i >= 0; i--)
            Relax(distances, side, i, -1);
        return Array.ConvertAll(distances, distance => distance * (1f / (1 << FractionBits)));
    }

    private static void Relax(int[] distances, int side, int pixel, int direction)
    {
        foreach (var (row, column, length) in s_steps)
        {
            var (r, c) = (pixel / side + direction * row, pixel % side + direction * column);
            if ((uint)r < (uint)side && (uint)c < (uint)side)
                distances[pixel] = Math.Min(distances[pixel], distances[r * side + c] + length);
        }
    }

    private static int Fixed(double length) => (int)Math.Round(length * (1 << FractionBits));
}
