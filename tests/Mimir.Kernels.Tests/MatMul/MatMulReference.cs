namespace Mimir.Kernels.Tests;

/// <summary>Products in float64, by the definition.</summary>
internal static class MatMulReference
{
    /// <summary>[m, n] = a·b with a [m, k] or transposed, b [k, n] or transposed.</summary>
    public static double[] Product(float[] a, bool aTransposed, float[] b, bool bTransposed, int m, int n, int k)
    {
        var c = new double[(long)m * n];
        for (var i = 0; i < m; i++)
        {
            for (var l = 0; l < k; l++)
            {
                double x = a[aTransposed ? l * m + i : i * k + l];
                for (var j = 0; j < n; j++)
                    c[i * n + j] += x * b[bTransposed ? j * k + l : l * n + j];
            }
        }

        return c;
    }

    /// <summary>Bound on the error of a float32 sum of k products of values in [−1, 1). A partial sum of i random products is about
    /// √i/3, so each step rounds by at most 2⁻²⁴·√i/3 and the steps add like a random walk: k/5 · 2⁻²⁴; ten times that. A lost
    /// or doubled term would be some 10⁴ times larger.</summary>
    public static double Bound(int k) => 2 * (k + 5) * Math.Pow(2, -24);

    /// <summary>x·Φ(x).</summary>
    public static double Gelu(double x) => x * NormalCdf(x);

    /// <summary>Φ(x) + x·φ(x).</summary>
    public static double GeluDerivative(double x) => NormalCdf(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    // Φ by its Taylor series about 0 (Marsaglia 2004): Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/15 + …), exact to 1e-12 for |x| below 7
    // and beyond that 0 or 1 to 2e-12.
    private static double NormalCdf(double x)
    {
        if (Math.Abs(x) > 7)
            return x < 0 ? 0 : 1;
        double sum = x, term = x;
        for (var i = 3; i < 300; i += 2)
        {
            term *= x * x / i;
            sum += term;
        }

        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }
}
