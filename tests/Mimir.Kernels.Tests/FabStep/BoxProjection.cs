namespace Mimir.Kernels.Tests;

/// <summary>The shortest move onto a hyperplane inside the box by sorting the breakpoints, in float64: the method that <see cref="FabStep"/> does
/// not use.</summary>
internal static class BoxProjection
{
    /// <summary>d for one point t, with c = ⟨w, t⟩ − b.</summary>
    public static double[] Move(bool linf, double[] t, double[] w, double c)
    {
        var sign = c >= 0 ? 1 : -1;
        c = Math.Abs(c);
        var active = Enumerable.Range(0, t.Length).Where(i => linf ? w[i] != 0 : Math.Abs(w[i]) >= 1e-8).ToArray();
        double Way(int i) => sign * w[i] > 0 ? t[i] : 1 - t[i];
        double Pace(int i) => linf ? 1 : Math.Abs(w[i]);
        double Reached(double lambda) => active.Sum(i => Math.Abs(w[i]) * Math.Min(lambda * Pace(i), Way(i)));
        var breaks = active.Select(i => Way(i) / Pace(i)).Order().ToArray();
        var lambda = double.MaxValue;
        var below = 0.0;
        foreach (var at in breaks)
        {
            if (Reached(at) >= c)
            {
                // Between two breakpoints the sum is a line.
                var (low, high) = (Reached(below), Reached(at));
                lambda = high == low ? at : below + (at - below) * (c - low) / (high - low);
                break;
            }

            below = at;
        }

        var move = new double[t.Length];
        foreach (var i in active)
            move[i] = -Math.Sign(sign * w[i]) * Math.Min(lambda * Pace(i), Way(i));
        return move;
    }

    /// <summary>The norm of a move.</summary>
    public static double Length(bool linf, double[] move) => linf ? move.Select(Math.Abs).DefaultIfEmpty().Max() : Math.Sqrt(move.Sum(d => d * d));

    /// <summary>⟨a, b⟩.</summary>
    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
