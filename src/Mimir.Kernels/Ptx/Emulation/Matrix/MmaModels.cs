using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>How the tensor cores of two generations sum. All terms of a step, the accumulator among them, are aligned to the largest exponent, truncated
/// to a fixed number of fraction bits and added exactly; the sum is truncated to f32.</summary>
/// <remarks>Ampere: Fasi et al. 2021, "Numerical behavior of NVIDIA tensor cores"; Hopper: Khattak and Mikaitis 2025, "Accurate models of NVIDIA
/// tensor cores".</remarks>
internal static unsafe class MmaModels
{
    private const int Columns = 8;
    private const int Rows = 16;
    private const int AmpereFractionBits = 24;
    private const int HopperFractionBits = 25;

    /// <summary>C += A B with A [16, depth], B [8, depth] and C [16, 8].</summary>
    /// <param name="a">Left factor by rows.</param>
    /// <param name="b">Right factor by columns.</param>
    /// <param name="c">Accumulator.</param>
    /// <param name="depth">Columns of k.</param>
    /// <param name="model">Which generation.</param>
    /// <param name="steps">In how many pieces k is summed.</param>
    public static void Multiply<TAccumulator>(double* a, double* b, double* c, int depth, MmaModel model, int steps) where TAccumulator : IAccumulator
    {
        var bits = model == MmaModel.Ampere ? AmpereFractionBits : HopperFractionBits;
        var width = depth / steps;
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var sum = c[row * Columns + column];
                for (var step = 0; step < steps; step++)
                {
                    var left = a + row * depth + step * width;
                    var right = b + column * depth + step * width;
                    sum = Special(left, right, sum, width) is { } special ? special
                        : step == steps - 1 ? Step<TAccumulator>(left, right, sum, width, bits)
                        : Step<SingleAccumulator>(left, right, sum, width, bits);
                }
                c[row * Columns + column] = sum;
            }
        }
    }

    /// <summary>significand · 2^exponent, truncated toward zero to f32.</summary>
    public static double Truncate(long significand, int exponent)
    {
        var magnitude = (ulong)Math.Abs(significand);
        if (magnitude == 0)
            return 0;
        const int Precision = 24;
        const int SmallestExponent = -149;
        var length = 64 - BitOperations.LeadingZeroCount(magnitude);
        var dropped = Math.Max(Math.Max(length - Precision, 0), SmallestExponent - exponent);
        var kept = dropped >= 64 ? 0 : magnitude >> dropped;
        var value = Math.Min(Math.ScaleB(kept, exponent + dropped), float.MaxValue);
        return significand < 0 ? -value : value;
    }

    /// <summary>The result where a term is no finite number: NaN, or the infinity that all infinite terms agree on.</summary>
    private static double? Special(double* a, double* b, double sum, int width)
    {
        var plain = sum;
        for (var k = 0; k < width; k++)
            plain += a[k] * b[k];
        return double.IsFinite(plain) ? null : plain;
    }

    private static double Step<TAccumulator>(double* a, double* b, double sum, int width, int bits) where TAccumulator : IAccumulator
    {
        var accumulator = Term.Of(sum);
        var largest = accumulator.Significand == 0 ? int.MinValue : accumulator.Exponent;
        var products = stackalloc Term[width];
        for (var k = 0; k < width; k++)
        {
            var (left, right) = (Term.Of(a[k]), Term.Of(b[k]));
            // 24-bit significands of at most 11 significant bits: the product is exact, with its point at 46 bits.
            products[k] = new Term(left.Significand * right.Significand, left.Exponent + right.Exponent);
            if (products[k].Significand != 0)
                largest = Math.Max(largest, products[k].Exponent);
        }
        if (largest == int.MinValue)
            return TAccumulator.Round(0, 0);
        var total = accumulator.Align(largest, bits, pointBits: 23);
        for (var k = 0; k < width; k++)
            total += products[k].Align(largest, bits, pointBits: 46);
        return TAccumulator.Round(total, largest - bits);
    }

    /// <summary>A number ±significand · 2^(exponent − point): normalised, so that the significand lies in [1, 2), a product's in [1, 4).</summary>
    private readonly record struct Term(long Significand, int Exponent)
    {
        public static Term Of(double value)
        {
            if (value == 0)
                return default;
            var exponent = Math.ILogB(value);
            return new((long)Math.ScaleB(value, 23 - exponent), exponent);
        }

        /// <summary>In units of 2^(largest − bits), truncated toward zero.</summary>
        public long Align(int largest, int bits, int pointBits)
        {
            var shift = pointBits - bits + largest - Exponent;
            var magnitude = Math.Abs(Significand);
            magnitude = shift >= 63 ? 0 : shift >= 0 ? magnitude >> shift : magnitude << -shift;
            return Significand < 0 ? -magnitude : magnitude;
        }
    }
}
