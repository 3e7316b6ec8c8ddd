namespace Mimir.Runtime.Pictures;

/// <summary>Lines of equal height of a square grid, by marching squares; saddles are told apart by the mean of their corners.</summary>
internal static class Contours
{
    /// <summary>The pieces of one line, each inside a cell of the grid.</summary>
    /// <param name="heights">[points, points].</param>
    /// <param name="points">Points of an axis.</param>
    /// <param name="level">The height.</param>
    /// <returns>Ends in units of the grid: first and second axis.</returns>
    public static IEnumerable<((double A, double B) From, (double A, double B) To)> Of(double[] heights, int points, double level)
    {
        for (var a = 0; a + 1 < points; a++)
        {
            for (var b = 0; b + 1 < points; b++)
            {
                var corners = new[] { heights[a * points + b], heights[(a + 1) * points + b], heights[(a + 1) * points + b + 1], heights[a * points + b + 1] };
                var crossings = Crossings(corners, level);
                if (crossings.Count == 4 && corners.Average() > level != corners[0] > level)
                    crossings = [crossings[3], crossings[0], crossings[1], crossings[2]];
                for (var i = 0; i + 1 < crossings.Count; i += 2)
                {
                    var (from, to) = (crossings[i], crossings[i + 1]);
                    yield return ((a + from.A, b + from.B), (a + to.A, b + to.B));
                }
            }
        }
    }

    // Round the cell: its corners are (0, 0), (1, 0), (1, 1), (0, 1).
    private static List<(double A, double B)> Crossings(double[] corners, double level)
    {
        var crossings = new List<(double, double)>();
        for (var edge = 0; edge < corners.Length; edge++)
        {
            var (from, to) = (corners[edge], corners[(edge + 1) % corners.Length]);
            if (from > level == to > level)
                continue;
            var along = (level - from) / (to - from);
            crossings.Add(edge switch { 0 => (along, 0), 1 => (1, along), 2 => (1 - along, 1), _ => (0, 1 - along) });
        }

        return crossings;
    }
}
