namespace Mimir.Kernels.Tests;

/// <summary>The normal distribution in float64, for references.</summary>
internal static class NormalFunction
{
    /// <summary>φ(x).</summary>
    public static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>Φ(x) to about 14 digits, relative also in the lower tail: the series of Marsaglia 2004 (Journal of Statistical
    /// Software 11(4)) near 0, the continued fraction of Mills' ratio in the tails.</summary>
    public static double Cdf(double x)
    {
        if (Math.Abs(x) < 3)
        {
            double term = x, sum = x;
            for (var i = 3; Math.Abs(term) > 1e-18 * Math.Abs(sum); i += 2)
            {
                term *= x * x / i;
                sum += term;
            }

            return 0.5 + sum * Density(x);
        }

        var a = Math.Abs(x);
        var fraction = a;
        for (var k = 100; k >= 1; k--)
            fraction = a + k / fraction;
        var tail = Density(x) / fraction;
        return x < 0 ? tail : 1 - tail;
    }

    /// <summary>GELU, x·Φ(x).</summary>
    public static double Gelu(double x) => x * Cdf(x);
}
