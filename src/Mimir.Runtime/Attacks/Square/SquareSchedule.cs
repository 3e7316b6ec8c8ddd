namespace Mimir.Runtime.Attacks;

/// <summary>Which share of an image the square attack's windows cover, query by query, and so how large they are
/// (Andriushchenko et al. 2020, arXiv:1912.00049).</summary>
/// <param name="Share">p, the share of the pixels at first, in (0, 1].</param>
/// <param name="Queries">Queries of a run.</param>
/// <param name="Rescaled">Whether the schedule, which is made for 10,000 queries, is stretched to <paramref name="Queries"/>.</param>
public readonly record struct SquareSchedule(double Share, int Queries, bool Rescaled)
{
    private const int MadeFor = 10_000;

    private static ReadOnlySpan<short> LastOfLevels => [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

    /// <summary>The share at a query, from 0: p, halved behind each of the queries 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000.</summary>
    public double ShareAt(int query)
    {
        var at = Rescaled ? (long)MadeFor * query / Queries : query;
        var level = 0;
        while (level < LastOfLevels.Length && at > LastOfLevels[level])
            level++;
        return Share / (1 << level);
    }

    /// <summary>Side of the window at a query, in pixels: √(share · side²), half to even. In the L2 ball windows have a centre, so at least 3
    /// and odd where the image allows it.</summary>
    /// <param name="norm">The attack's norm.</param>
    /// <param name="side">Height and width of the image.</param>
    /// <param name="query">From 0.</param>
    public int SideAt(AttackNorm norm, int side, int query)
    {
        var window = (int)Math.Round(Math.Sqrt(ShareAt(query) * side * side), MidpointRounding.ToEven);
        return Math.Min(side, norm == AttackNorm.Linf ? Math.Max(window, 1) : Math.Max(window, 3) | 1);
    }
}
