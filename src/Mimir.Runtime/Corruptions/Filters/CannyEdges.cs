namespace Mimir.Runtime.Corruptions;

/// <summary>Canny's edges (1986) with OpenCV's conventions: Sobel filters of size 3 over a replicated border, |dx| + |dy| for the length, directions
/// told apart in fixed point, weak edges kept where they touch a strong one.</summary>
internal static class CannyEdges
{
    private const int DirectionBits = 15;
    private const int Tangent = 13573; // of 22.5 degrees, times 2^15

    /// <summary>Finds the edges of a plane.</summary>
    /// <param name="plane">[side, side].</param>
    /// <param name="side">Rows and columns.</param>
    /// <param name="low">Gradients above it may be edges.</param>
    /// <param name="high">Gradients above it are.</param>
    /// <returns>[side, side], true on edges.</returns>
    public static bool[] Find(ReadOnlySpan<byte> plane, int side, int low, int high)
    {
        var (across, down) = Gradients(plane, side);
        int Length(int row, int column) =>
            (uint)row < (uint)side && (uint)column < (uint)side ? Math.Abs(across[row * side + column]) + Math.Abs(down[row * side + column]) : 0;

        var candidates = new bool[side * side];
        var edges = new bool[side * side];
        var open = new Stack<int>();
        for (var i = 0; i < edges.Length; i++)
        {
            var (row, column) = (i / side, i % side);
            var length = Length(row, column);
            candidates[i] = length > low && IsCrest(across[i], down[i], length, (r, c) => Length(row + r, column + c));
            if (candidates[i] && length > high)
            {
                edges[i] = true;
                open.Push(i);
            }
        }

        while (open.TryPop(out var edge))
        {
            for (var row = Math.Max(0, edge / side - 1); row <= Math.Min(side - 1, edge / side + 1); row++)
            {
                for (var column = Math.Max(0, edge % side - 1); column <= Math.Min(side - 1, edge % side + 1); column++)
                {
                    var next = row * side + column;
                    if (!candidates[next] || edges[next])
                        continue;
                    edges[next] = true;
                    open.Push(next);
                }
            }
        }

        return edges;
    }

    /// <summary>Whether a gradient is longer than those of its neighbours before and behind; of equals the first one wins.</summary>
    private static bool IsCrest(int across, int down, int length, Func<int, int, int> neighbour)
    {
        var (x, y) = (Math.Abs(across), Math.Abs(down) << DirectionBits);
        var flat = x * Tangent;
        if (y < flat)
            return length > neighbour(0, -1) && length >= neighbour(0, 1);
        if (y > flat + (x << (DirectionBits + 1))) // the tangent of 67.5 degrees is that of 22.5 plus 2
            return length > neighbour(-1, 0) && length >= neighbour(1, 0);
        var slant = (across ^ down) < 0 ? -1 : 1;
        return length > neighbour(-1, -slant) && length > neighbour(1, slant);
    }

    private static (int[] Across, int[] Down) Gradients(ReadOnlySpan<byte> plane, int side)
    {
        var (across, down) = (new int[side * side], new int[side * side]);
        for (var row = 0; row < side; row++)
        {
            var (above, middle, below) = (Math.Max(row - 1, 0) * side, row * side, Math.Min(row + 1, side - 1) * side);
            for (var column = 0; column < side; column++)
            {
                var (left, right) = (Math.Max(column - 1, 0), Math.Min(column + 1, side - 1));
                across[middle + column] = plane[above + right] - plane[above + left] + 2 * (plane[middle + right] - plane[middle + left])
                    + plane[below + right] - plane[below + left];
                down[middle + column] = plane[below + left] - plane[above + left] + 2 * (plane[below + column] - plane[above + column])
                    + plane[below + right] - plane[above + right];
            }
        }

        return (across, down);
    }
}
