namespace Mimir.Runtime.Ablation;

/// <summary>The beta distribution, from which the quantiles of the binomial and of Student's t follow.</summary>
public static class BetaDistribution
{
    private const int MostTerms = 10_000;

    /// <summary>The regularised incomplete beta function I_x(a, b), by the continued fraction of DLMF 8.17.22 in Lentz's form; relative error
    /// about 1e-13 up to parameters of some thousands.</summary>
    /// <param name="x">In [0, 1].</param>
    /// <param name="a">Above 0.</param>
    /// <param name="b">Above 0.</param>
    public static double Cumulative(double x, double a, double b)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(a);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(b);
        if (x is <= 0 or >= 1)
            return x <= 0 ? 0 : 1;
        // The fraction converges fast below the mean; above it the distribution's mirror image is used (DLMF 8.17.4).
        return x < (a + 1) / (a + b + 2) ? Below(x, a, b) : 1 - Below(1 - x, b, a);
    }

    /// <summary>The x with I_x(a, b) = <paramref name="probability"/>, by bisection to the last bit.</summary>
    public static double Quantile(double probability, double a, double b)
    {
        var (low, high) = (0.0, 1.0);
        while (true)
        {
            var middle = low + (high - low) / 2;
            if (middle <= low || middle >= high)
                return middle;
            if (Cumulative(middle, a, b) < probability)
                low = middle;
            else
                high = middle;
        }
    }

    private static double Below(double x, double a, double b)
    {
        const double Tiny = 1e-300;
        var c = 1.0;
        var d = Inverse(1 - (a + b) * x / (a + 1));
        var fraction = d;
        for (var m = 1; m <= MostTerms; m++)
        {
            Multiply(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
            if (Multiply(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))) < 1e-15)
                break;
        }

        return Math.Exp(a * Math.Log(x) + b * double.LogP1(-x) + LogGamma(a + b) - LogGamma(a) - LogGamma(b)) * fraction / a;

        double Multiply(double term)
        {
            d = Inverse(1 + term * d);
            c = 1 + term / c;
            if (Math.Abs(c) < Tiny)
                c = Tiny;
            fraction *= d * c;
            return Math.Abs(d * c - 1);
        }

        static double Inverse(double value) => 1 / (Math.Abs(value) < Tiny ? Tiny : value);
    }

    /// <summary>ln Γ(x) for x above 0: Stirling's series (DLMF 5.11.1) where its terms die fast, reached by Γ(x + 1) = x·Γ(x).</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 10; x++)
            shift -= Math.Log(x);
        var inverse = 1 / (x * x);
        var series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse * (1.0 / 1680 - inverse * (1.0 / 1188 - inverse * 691.0 / 360360))))) / x;
        return shift + (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series;
    }
}
