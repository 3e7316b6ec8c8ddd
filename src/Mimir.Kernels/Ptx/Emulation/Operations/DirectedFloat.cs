namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>f32 and f64 arithmetic in the rounding mode of <see cref="DecodedInstruction.Mode"/>, decided exactly.</summary>
internal static class DirectedFloat
{
    /// <summary>Bit of the mode for .ftz.</summary>
    public const int Flush = 4;

    /// <summary>Bit of the mode for .sat.</summary>
    public const int Saturate = 8;

    /// <summary>a · b + c, rounded once to f32.</summary>
    /// <remarks>The product of two f32 is exact in f64, and so is the error of adding the third (two-sum): sum and error tell on which side
    /// of an f32 the exact value lies.</remarks>
    public static float MultiplyAdd(float a, float b, float c, RoundingMode mode)
    {
        var product = (double)a * b;
        var sum = product + c;
        if (!double.IsFinite(sum))
            return (float)sum;
        if (sum == 0)
            return (float)(product == 0 && c == 0 && double.IsNegative(product) == float.IsNegative(c) ? product : mode == RoundingMode.Down ? -0.0 : 0.0);
        var back = sum - product;
        var error = product - (sum - back) + (c - back);
        return Round(sum, error, mode);
    }

    /// <summary>a + b, rounded once to f32.</summary>
    public static float Add(float a, float b, RoundingMode mode) => MultiplyAdd(a, 1, b, mode);

    /// <summary>a · b, rounded once to f32.</summary>
    public static float Multiply(float a, float b, RoundingMode mode)
    {
        var product = (double)a * b;
        return double.IsFinite(product) ? Round(product, 0, mode) : (float)product;
    }

    /// <summary>a / b, rounded once to f32.</summary>
    public static float Divide(float a, float b, RoundingMode mode)
    {
        if (!float.IsFinite(a) || !float.IsFinite(b) || a == 0 || b == 0)
            return a / b;
        var quotient = (double)a / b;
        var rest = Math.FusedMultiplyAdd(-quotient, b, a);
        return Round(quotient, b < 0 ? -rest : rest, mode);
    }

    /// <summary>√a, rounded once to f32.</summary>
    public static float SquareRoot(float a, RoundingMode mode)
    {
        if (!float.IsFinite(a) || a <= 0)
            return MathF.Sqrt(a);
        var root = Math.Sqrt(a);
        return Round(root, Math.FusedMultiplyAdd(-root, root, a), mode);
    }

    /// <summary>Rounds a finite value + error to f32, where the error is far below the value's last place and only its sign matters.</summary>
    public static float Round(double value, double error, RoundingMode mode)
    {
        var nearest = (float)value;
        var above = nearest > value || nearest == value && error < 0;
        var below = nearest < value || nearest == value && error > 0;
        return mode switch
        {
            RoundingMode.TowardZero when value > 0 && above => MathF.BitDecrement(nearest),
            RoundingMode.TowardZero when value < 0 && below => MathF.BitIncrement(nearest),
            RoundingMode.Down when above => MathF.BitDecrement(nearest),
            RoundingMode.Up when below => MathF.BitIncrement(nearest),
            _ => nearest,
        };
    }

    /// <summary>An f64 result of finite operands that has no special case.</summary>
    public static double Round(ExactNumber number, RoundingMode mode) =>
        BitConverter.UInt64BitsToDouble(number.Round(FloatFormat.Double, mode));
}

/// <summary>An f32 or f64 operation in a rounding mode.</summary>
internal interface IDirected
{
    static abstract float Apply(float a, float b, float c, RoundingMode mode);

    static abstract double Apply(double a, double b, double c, RoundingMode mode);
}

/// <summary>Handlers of <typeparamref name="TOp"/> with flushing and saturation.</summary>
internal readonly unsafe struct Directed<TOp> :
    ILane1<uint, uint>, ILane2<uint, uint, uint>, ILane3<uint, uint, uint, uint>,
    ILane1<ulong, ulong>, ILane2<ulong, ulong, ulong>, ILane3<ulong, ulong, ulong, ulong>
    where TOp : IDirected
{
    public static uint Apply(uint a, DecodedInstruction* i) => Apply(a, 0, 0, i);

    public static uint Apply(uint a, uint b, DecodedInstruction* i) => Apply(a, b, 0, i);

    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i)
    {
        var flushes = (i->Mode & DirectedFloat.Flush) != 0;
        var result = TOp.Apply(Operand(a, flushes), Operand(b, flushes), Operand(c, flushes), (RoundingMode)(i->Mode & 3));
        if (flushes)
            result = Float32.Flush(result);
        return Float32.Bits((i->Mode & DirectedFloat.Saturate) != 0 ? Float32.Saturate(result) : result);
    }

    public static ulong Apply(ulong a, DecodedInstruction* i) => Apply(a, 0, 0, i);

    public static ulong Apply(ulong a, ulong b, DecodedInstruction* i) => Apply(a, b, 0, i);

    public static ulong Apply(ulong a, ulong b, ulong c, DecodedInstruction* i) =>
        BitConverter.DoubleToUInt64Bits(TOp.Apply(
            BitConverter.UInt64BitsToDouble(a), BitConverter.UInt64BitsToDouble(b), BitConverter.UInt64BitsToDouble(c), (RoundingMode)(i->Mode & 3)));

    private static float Operand(uint bits, bool flushes)
    {
        var value = BitConverter.UInt32BitsToSingle(bits);
        return flushes ? Float32.Flush(value) : value;
    }
}

internal readonly struct DirectedAdd : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.Add(a, b, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) =>
        double.IsFinite(a) && double.IsFinite(b) ? DirectedFloat.Round(ExactNumber.Sum(ExactNumber.Of(a), ExactNumber.Of(b), mode), mode) : a + b;
}

internal readonly struct DirectedSubtract : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.Add(a, -b, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) => DirectedAdd.Apply(a, -b, c, mode);
}

internal readonly struct DirectedMultiply : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.Multiply(a, b, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) =>
        double.IsFinite(a) && double.IsFinite(b) ? DirectedFloat.Round(ExactNumber.Of(a) * ExactNumber.Of(b), mode) : a * b;
}

internal readonly struct DirectedMultiplyAdd : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.MultiplyAdd(a, b, c, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) =>
        double.IsFinite(a) && double.IsFinite(b) && double.IsFinite(c)
            ? DirectedFloat.Round(ExactNumber.Sum(ExactNumber.Of(a) * ExactNumber.Of(b), ExactNumber.Of(c), mode), mode)
            : Math.FusedMultiplyAdd(a, b, c);
}

internal readonly struct DirectedDivide : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.Divide(a, b, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) =>
        double.IsFinite(a) && double.IsFinite(b) && a != 0 && b != 0
            ? DirectedFloat.Round(ExactNumber.Quotient(ExactNumber.Of(a), ExactNumber.Of(b)), mode)
            : a / b;
}

internal readonly struct DirectedReciprocal : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.Divide(1, a, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) => DirectedDivide.Apply(1, a, c, mode);
}

internal readonly struct DirectedSquareRoot : IDirected
{
    public static float Apply(float a, float b, float c, RoundingMode mode) => DirectedFloat.SquareRoot(a, mode);

    public static double Apply(double a, double b, double c, RoundingMode mode) =>
        double.IsFinite(a) && a > 0 ? DirectedFloat.Round(ExactNumber.SquareRoot(ExactNumber.Of(a)), mode) : Math.Sqrt(a);
}
