using Mimir.Kernels.Devices;

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

    /// <summary>The same for factors that were rounded to a precision before, as <see cref="Rounded"/> does. A tensor core aligns the terms of four to
    /// sixteen products and of the sum so far to the largest and cuts them off 24 binary places behind it, then the sum too: at most six cuts a
    /// group of four, each below 2⁻²³ of the largest term. That is the partial sum, five deviations of a random one: 5·√k/3. Rounding
    /// carries no more than that.</summary>
    public static double Bound(int k, MatrixPrecision precision) =>
        precision == MatrixPrecision.Float32 ? Bound(k) : Bound(k) + 6 * Math.Ceiling(k / 4.0) * Math.Pow(2, -23) * (1 + 5 * Math.Sqrt(k) / 3);

    /// <summary>What a product of that precision makes of a factor.</summary>
    public static float[] Rounded(float[] values, MatrixPrecision precision) => precision switch
    {
        // to nearest, ties away from zero: half a unit is added to the magnitude, then 13 bits are cut off
        MatrixPrecision.TensorFloat32 => Array.ConvertAll(values, value => FromBits((ToBits(value) + 0x1000) & 0xFFFFE000)),

        // to nearest, ties to even
        MatrixPrecision.BFloat16 => Array.ConvertAll(values, value => FromBits((ToBits(value) + 0x7FFF + (ToBits(value) >> 16 & 1)) & 0xFFFF0000)),
        _ => values,
    };

    /// <summary>x·Φ(x).</summary>
    public static double Gelu(double x) => x * NormalCdf(x);

    /// <summary>Φ(x) + x·φ(x).</summary>
    public static double GeluDerivative(double x) => NormalCdf(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    private static uint ToBits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static float FromBits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

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
