using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A function that the hardware approximates, in f64.</summary>
internal interface IApproximation
{
    static abstract Vector512<double> Apply(Vector512<double> a);

    /// <summary>The documented error for a result, absolute.</summary>
    static abstract double Bound(double a, double result);
}

/// <summary>Handlers of approximate instructions: computed in f64 and rounded once, or with an error by the launch's
/// <see cref="ApproximationModel"/>.</summary>
internal static unsafe class Approximation
{
    /// <summary>Bit of the mode for .ftz.</summary>
    public const int Flush = 1;

    /// <summary>Bit of the mode for div.approx, not div.full.</summary>
    public const int HugeDivisorGivesZero = 2;

    /// <summary>Where the reciprocal that div.approx multiplies by underflows: 2^126.</summary>
    private const float LargestDivisor = 8.507059173023462e37f;

    public static void Unary<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        var operands = stackalloc double[Lanes.Count];
        var results = stackalloc double[Lanes.Count];
        Widen((float*)(r + i->A), operands, i->Mode);
        for (var lane = 0; lane < Lanes.Count; lane += 8)
            TOp.Apply(Vector512.Load(operands + lane)).Store(results + lane);
        if (runner.Options.Approximation != ApproximationModel.Exact)
        {
            for (var lane = 0; lane < Lanes.Count; lane++)
                results[lane] = Disturb(runner.Options.Approximation, results[lane], TOp.Bound(operands[lane], results[lane]));
        }
        Narrow(results, (uint*)(r + i->D), i->Mode, lanes);
    }

    /// <summary>div.approx and div.full: 2 units in the last place.</summary>
    public static void Divide(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var dividends = stackalloc double[Lanes.Count];
        var divisors = stackalloc double[Lanes.Count];
        Widen((float*)(r + i->A), dividends, i->Mode);
        Widen((float*)(r + i->B), divisors, i->Mode);
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var (dividend, divisor) = (dividends[lane], divisors[lane]);
            var quotient = dividend / divisor;
            if ((i->Mode & HugeDivisorGivesZero) != 0 && Math.Abs(divisor) > LargestDivisor && double.IsFinite(divisor))
                quotient = double.IsInfinity(dividend) ? double.NaN : Math.CopySign(0, quotient);
            dividends[lane] = Disturb(runner.Options.Approximation, quotient, 2 * Ulp(quotient));
        }
        Narrow(dividends, (uint*)(r + i->D), i->Mode, lanes);
    }

    /// <summary>A result in f16 or bf16; both halves for the packed forms. <see cref="DecodedInstruction.Bytes"/> is the type.</summary>
    public static void Half<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        uint* d = (uint*)(r + i->D), a = (uint*)(r + i->A);
        var isBFloat16 = (PtxType)i->Bytes is PtxType.BF16 or PtxType.BF16x2;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var result = HalfOf<TOp>(a[lane] & 0xFFFF, isBFloat16);
            if ((PtxType)i->Bytes is PtxType.F16x2 or PtxType.BF16x2)
                result |= HalfOf<TOp>(a[lane] >> 16, isBFloat16) << 16;
            d[lane] = result;
        }
    }

    /// <summary>rcp.approx.ftz.f64 and rsqrt.approx.f64.</summary>
    public static void Unary64<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IApproximation
    {
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            var a = Vector512.Load((double*)(r + i->A) + lane);
            if ((i->Mode & Flush) != 0)
            {
                var isSmall = Vector512.LessThan(Vector512.Abs(a), Vector512.Create(2.2250738585072014e-308));
                a = Vector512.ConditionalSelect(isSmall, Vector512.CopySign(Vector512<double>.Zero, a), a);
            }
            Elementwise.Blend((ulong*)(r + i->D) + lane, TOp.Apply(a).AsUInt64(), lanes, lane);
        }
    }

    /// <summary>The unit in the last place of an f32 result.</summary>
    public static double Ulp(double result) => Math.ScaleB(1, Math.Max(result == 0 ? -126 : Math.ILogB(result), -126) - 23);

    /// <summary>A function of the library, one element after the other.</summary>
    public static Vector512<double> Map(Vector512<double> a, Func<double, double> function)
    {
        for (var lane = 0; lane < Vector512<double>.Count; lane++)
            a = a.WithElement(lane, function(a[lane]));
        return a;
    }

    private static void Widen(float* source, double* destination, int mode)
    {
        for (var lane = 0; lane < Lanes.Count; lane += 16)
        {
            var value = Vector512.Load((uint*)source + lane);
            var (low, high) = Vector512.Widen(((mode & Flush) != 0 ? Float32.Flush(value) : value).AsSingle());
            low.Store(destination + lane);
            high.Store(destination + lane + 8);
        }
    }

    private static void Narrow(double* source, uint* destination, int mode, uint lanes)
    {
        for (var lane = 0; lane < Lanes.Count; lane += 16)
        {
            var value = Float32.Canonical(Vector512.Narrow(Vector512.Load(source + lane), Vector512.Load(source + lane + 8)));
            Elementwise.Blend(destination + lane, (mode & Flush) != 0 ? Float32.Flush(value) : value, lanes, lane);
        }
    }

    private static uint HalfOf<TOp>(uint bits, bool isBFloat16) where TOp : IApproximation => HalfFormat.Narrow(
        TOp.Apply(Vector512.Create(HalfFormat.Value(bits, isBFloat16)))[0], isBFloat16 ? FloatFormat.BFloat16 : FloatFormat.Half, RoundingMode.NearestEven);

    /// <summary>A result moved inside its bound. The noise depends on the value alone, so that a run can be repeated whatever the schedule.</summary>
    private static double Disturb(ApproximationModel model, double value, double bound)
    {
        if (model == ApproximationModel.Exact || !double.IsFinite(value) || value == 0)
            return value;
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        var noise = model == ApproximationModel.Worst
            ? (bits & 1) == 0 ? 1.0 : -1.0
            : (double)(bits * 2654435761u) / int.MaxValue - 1;
        // The rounding to f32 takes half a unit of the bound.
        return value + noise * Math.Max(bound - Ulp(value) / 2, 0);
    }
}

/// <summary>ex2: 2 units in the last place.</summary>
internal readonly struct Exponential : IApproximation
{
    /// <summary>ln 2^k / k! for k from 13 down to 0: the Taylor series of 2^f, whose rest is below 2^-57 for |f| ≤ 1/2.</summary>
    private static ReadOnlySpan<double> Coefficients =>
    [
        1.3691488853904129e-12, 2.5678435993488206e-11, 4.445538271870812e-10, 7.054911620801123e-9, 1.01780860092396998e-7, 1.3215486790144309e-6,
        1.5252733804059841e-5, 1.5403530393381609e-4, 1.3333558146428443e-3, 9.618129107628477e-3, 5.550410866482158e-2, 0.24022650695910072,
        0.6931471805599453, 1.0,
    ];

    public static Vector512<double> Apply(Vector512<double> a)
    {
        // Beyond these the result is 0 or ∞ in f32; NaN passes through the maximum of min and max.
        var clamped = Vector512.Min(Vector512.Max(a, Vector512.Create(-1000.0)), Vector512.Create(1000.0));
        var whole = Vector512.Round(clamped, MidpointRounding.ToEven);
        var part = clamped - whole;
        var power = Vector512.Create(Coefficients[0]);
        for (var k = 1; k < Coefficients.Length; k++)
            power = Vector512.FusedMultiplyAdd(power, part, Vector512.Create(Coefficients[k]));
        var scale = ((Vector512.ConvertToInt64(whole) + Vector512.Create(1023L)) << 52).AsDouble();
        return Vector512.ConditionalSelect(Vector512.Equals(a, a), power * scale, a);
    }

    public static double Bound(double a, double result) => 2 * Approximation.Ulp(result);
}

/// <summary>lg2: 2^-22, absolute near 1, else relative.</summary>
internal readonly struct Logarithm : IApproximation
{
    private const double Error = 1.0 / (1 << 22);

    public static Vector512<double> Apply(Vector512<double> a) => Approximation.Map(a, Math.Log2);

    public static double Bound(double a, double result) => a is > 0.5 and < 2 ? Error : Math.Abs(result) * Error;
}

/// <summary>rcp: 1 unit in the last place.</summary>
internal readonly struct Reciprocal : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Vector512<double>.One / a;

    public static double Bound(double a, double result) => Approximation.Ulp(result);
}

/// <summary>rsqrt: 2^-22.9, relative.</summary>
internal readonly struct ReciprocalSquareRoot : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Vector512<double>.One / Vector512.Sqrt(a);

    public static double Bound(double a, double result) => Math.Abs(result) * 1.277e-7;
}

/// <summary>sqrt.approx: 2^-23, relative.</summary>
internal readonly struct SquareRoot : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Vector512.Sqrt(a);

    public static double Bound(double a, double result) => Math.Abs(result) / (1 << 23);
}

/// <summary>sin: 2^-20.5, absolute.</summary>
internal readonly struct Sine : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Approximation.Map(a, Math.Sin);

    public static double Bound(double a, double result) => 6.74e-7;
}

/// <summary>cos: 2^-20.5, absolute.</summary>
internal readonly struct Cosine : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Approximation.Map(a, Math.Cos);

    public static double Bound(double a, double result) => 6.74e-7;
}

/// <summary>tanh: 2^-11, relative.</summary>
internal readonly struct HyperbolicTangent : IApproximation
{
    public static Vector512<double> Apply(Vector512<double> a) => Approximation.Map(a, Math.Tanh);

    public static double Bound(double a, double result) => Math.Abs(result) * 4.88e-4;
}
