using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A function that the hardware approximates: computed in f64, rounded once.</summary>
internal interface IApproximation
{
    static abstract double Apply(double a);

    /// <summary>The documented error for a result, absolute.</summary>
    static abstract double Bound(double a, double result);
}

/// <summary>Handlers of approximate instructions in the launch's <see cref="ApproximationModel"/>.</summary>
internal static unsafe class Approximation
{
    /// <summary>Bit of the mode for .ftz.</summary>
    public const int Flush = 1;

    public static void Unary<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        float* d = (float*)(r + i->D), a = (float*)(r + i->A);
        var flushes = (i->Mode & Flush) != 0;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var operand = flushes ? Float32.Flush(a[lane]) : a[lane];
            Store(runner, d + lane, TOp.Apply(operand), TOp.Bound(operand, TOp.Apply(operand)), flushes);
        }
    }

    /// <summary>div.approx and div.full: 2 units in the last place.</summary>
    public static void Divide(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        float* d = (float*)(r + i->D), a = (float*)(r + i->A), b = (float*)(r + i->B);
        var flushes = (i->Mode & Flush) != 0;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var (dividend, divisor) = flushes ? (Float32.Flush(a[lane]), Float32.Flush(b[lane])) : (a[lane], b[lane]);
            var quotient = (double)dividend / divisor;
            // div.approx multiplies by a reciprocal that underflows for huge divisors.
            if ((i->Mode & HugeDivisorGivesZero) != 0 && Math.Abs(divisor) > 8.507059173023462e37 && float.IsFinite(divisor))
                quotient = float.IsInfinity(dividend) ? double.NaN : Math.CopySign(0, quotient);
            Store(runner, d + lane, quotient, 2 * Ulp(quotient), flushes);
        }
    }

    /// <summary>Bit of the mode for div.approx, not div.full.</summary>
    public const int HugeDivisorGivesZero = 2;

    /// <summary>A result in f16, in bf16 where the mode says so; both halves for the packed forms.</summary>
    public static void Half<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        uint* d = (uint*)(r + i->D), a = (uint*)(r + i->A);
        var isBFloat16 = (PtxType)i->Bytes is PtxType.BF16 or PtxType.BF16x2;
        var format = isBFloat16 ? FloatFormat.BFloat16 : FloatFormat.Half;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var result = HalfFormat.Narrow(TOp.Apply(HalfFormat.Value(a[lane] & 0xFFFF, isBFloat16)), format, RoundingMode.NearestEven);
            if ((PtxType)i->Bytes is PtxType.F16x2 or PtxType.BF16x2)
                result |= HalfFormat.Narrow(TOp.Apply(HalfFormat.Value(a[lane] >> 16, isBFloat16)), format, RoundingMode.NearestEven) << 16;
            d[lane] = result;
        }
    }

    /// <summary>rcp.approx.ftz.f64 and rsqrt.approx: the upper 32 bits of the result.</summary>
    public static void Unary64<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        double* d = (double*)(r + i->D), a = (double*)(r + i->A);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var operand = (i->Mode & Flush) != 0 && double.IsSubnormal(a[lane]) ? Math.CopySign(0, a[lane]) : a[lane];
            d[lane] = TOp.Apply(operand);
        }
    }

    /// <summary>The unit in the last place of an f32 result.</summary>
    public static double Ulp(double result) => Math.ScaleB(1, Math.Max(result == 0 ? -126 : Math.ILogB(result), -126) - 23);

    private static void Store(BlockRunner runner, float* destination, double value, double bound, bool flushes)
    {
        var result = (float)value;
        var model = runner.Options.Approximation;
        if (model != ApproximationModel.Exact && double.IsFinite(value) && value != 0)
        {
            // Noise must depend on the value alone, so that a run can be repeated whatever the schedule.
            var noise = model == ApproximationModel.Worst
                ? (BitConverter.SingleToUInt32Bits(result) & 1) == 0 ? 1.0 : -1.0
                : (double)(BitConverter.SingleToUInt32Bits(result) * 2654435761u) / int.MaxValue - 1;
            // The rounding of the exact result takes half a unit of the bound.
            result = (float)(value + noise * Math.Max(bound - Ulp(value) / 2, 0));
        }
        if (flushes)
            result = Float32.Flush(result);
        *(uint*)destination = Float32.Bits(result);
    }
}

/// <summary>ex2: 2 units in the last place.</summary>
internal readonly struct Exponential : IApproximation
{
    public static double Apply(double a) => Math.Pow(2, a);

    public static double Bound(double a, double result) => 2 * Approximation.Ulp(result);
}

/// <summary>lg2: 2^-22, absolute near 1, else relative.</summary>
internal readonly struct Logarithm : IApproximation
{
    public static double Apply(double a) => Math.Log2(a);

    public static double Bound(double a, double result) => a is > 0.5 and < 2 ? 2.384185791015625e-7 : Math.Abs(result) * 2.384185791015625e-7;
}

/// <summary>rcp: 1 unit in the last place.</summary>
internal readonly struct Reciprocal : IApproximation
{
    public static double Apply(double a) => 1 / a;

    public static double Bound(double a, double result) => Approximation.Ulp(result);
}

/// <summary>rsqrt: 2^-22.9, relative.</summary>
internal readonly struct ReciprocalSquareRoot : IApproximation
{
    public static double Apply(double a) => a == 0 ? 1 / a : 1 / Math.Sqrt(a);

    public static double Bound(double a, double result) => Math.Abs(result) * 1.277e-7;
}

/// <summary>sqrt.approx: 2^-23, relative.</summary>
internal readonly struct SquareRoot : IApproximation
{
    public static double Apply(double a) => Math.Sqrt(a);

    public static double Bound(double a, double result) => Math.Abs(result) * 1.1920928955078125e-7;
}

/// <summary>sin: 2^-20.5, absolute.</summary>
internal readonly struct Sine : IApproximation
{
    public static double Apply(double a) => Math.Sin(a);

    public static double Bound(double a, double result) => 6.74e-7;
}

/// <summary>cos: 2^-20.5, absolute.</summary>
internal readonly struct Cosine : IApproximation
{
    public static double Apply(double a) => Math.Cos(a);

    public static double Bound(double a, double result) => 6.74e-7;
}

/// <summary>tanh: 2^-11, relative.</summary>
internal readonly struct HyperbolicTangent : IApproximation
{
    public static double Apply(double a) => Math.Tanh(a);

    public static double Bound(double a, double result) => Math.Abs(result) * 4.88e-4;
}
