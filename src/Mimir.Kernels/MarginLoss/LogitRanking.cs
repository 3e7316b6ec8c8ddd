namespace Mimir.Kernels;

/// <summary>The classes of the four highest logits of a row, of equal ones the lower class first; −1 beyond the last class.</summary>
internal readonly unsafe struct LogitRanking
{
    private LogitRanking(int first, int second, int third, int fourth, bool hasNaN) =>
        (First, Second, Third, Fourth, HasNaN) = (first, second, third, fourth, hasNaN);

    public int First { get; }

    public int Second { get; }

    public int Third { get; }

    public int Fourth { get; }

    /// <summary>Whether a logit is NaN: the ranks mean nothing then.</summary>
    public bool HasNaN { get; }

    public static LogitRanking Of(float* row, int classes)
    {
        int a = -1, b = -1, c = -1, d = -1;
        var hasNaN = false;
        for (var i = 0; i < classes; i++)
        {
            var z = row[i];
            hasNaN |= float.IsNaN(z);
            if (a < 0 || z > row[a])
                (a, b, c, d) = (i, a, b, c);
            else if (b < 0 || z > row[b])
                (b, c, d) = (i, b, c);
            else if (c < 0 || z > row[c])
                (c, d) = (i, c);
            else if (d < 0 || z > row[d])
                d = i;
        }

        return new LogitRanking(a, b, c, d, hasNaN);
    }
}
