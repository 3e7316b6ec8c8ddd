using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A 16-bit format in zero-extended 32-bit lanes, to and from f32.</summary>
internal interface IHalfFormat
{
    static abstract Vector512<uint> Widen(Vector512<uint> a);

    static abstract Vector512<uint> Narrow(Vector512<uint> a);
}

internal readonly struct Float16 : IHalfFormat
{
    public static Vector512<uint> Widen(Vector512<uint> a) => HalfFormat.Widen(a);

    public static Vector512<uint> Narrow(Vector512<uint> a) => HalfFormat.Narrow(a);
}

/// <summary>f16 with .ftz.</summary>
internal readonly struct FlushedFloat16 : IHalfFormat
{
    public static Vector512<uint> Widen(Vector512<uint> a) => HalfFormat.Widen(Flush(a));

    public static Vector512<uint> Narrow(Vector512<uint> a) => Flush(HalfFormat.Narrow(a));

    private static Vector512<uint> Flush(Vector512<uint> a)
    {
        var isSmall = Vector512.LessThan(a & Vector512.Create(0x7FFFu), Vector512.Create(0x0400u));
        return Vector512.ConditionalSelect(isSmall, a & Vector512.Create(0x8000u), a);
    }
}

internal readonly struct BFloat16 : IHalfFormat
{
    public static Vector512<uint> Widen(Vector512<uint> a) => a << 16;

    public static Vector512<uint> Narrow(Vector512<uint> a) => HalfFormat.NarrowToBFloat16(a);
}

/// <summary>What a packed register has in its low halves.</summary>
internal readonly struct LowerHalf<TFormat> : IHalfFormat where TFormat : IHalfFormat
{
    public static Vector512<uint> Widen(Vector512<uint> a) => TFormat.Widen(Halves.Low(a));

    public static Vector512<uint> Narrow(Vector512<uint> a) => TFormat.Narrow(a);
}

/// <summary>What a packed register has in its high halves.</summary>
internal readonly struct UpperHalf<TFormat> : IHalfFormat where TFormat : IHalfFormat
{
    public static Vector512<uint> Widen(Vector512<uint> a) => TFormat.Widen(a >> 16);

    public static Vector512<uint> Narrow(Vector512<uint> a) => TFormat.Narrow(a) << 16;
}

/// <summary>An operation on 16-bit floats, by way of f32. Rounding twice is harmless: f32 has 24 ≥ 2·11 + 2 bits, enough for sums and products, and
/// <see cref="FusedMultiplyAddOdd"/> takes care of the rest.</summary>
internal readonly struct HalfOperation<TFormat, TOp> : IUnary32, IBinary32, ITernary32 where TFormat : IHalfFormat where TOp : IFloatOperation
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Apply(a, Vector512<uint>.Zero, Vector512<uint>.Zero);

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Apply(a, b, Vector512<uint>.Zero);

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        TFormat.Narrow(TOp.Apply(TFormat.Widen(a).AsSingle(), TFormat.Widen(b).AsSingle(), TFormat.Widen(c).AsSingle()).AsUInt32());
}

/// <summary>The same on both halves of a register.</summary>
internal readonly struct HalfPair<TOp> : IUnary32, IBinary32, ITernary32 where TOp : ITernary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Apply(a, Vector512<uint>.Zero, Vector512<uint>.Zero);

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Apply(a, b, Vector512<uint>.Zero);

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        TOp.Apply(Halves.Low(a), Halves.Low(b), Halves.Low(c)) | TOp.Apply(a >> 16, b >> 16, c >> 16) << 16;
}

/// <summary>a · b + c rounded to odd: to an f32 with the last bit set where the result is inexact. A second rounding, to a format at least two bits
/// shorter, then gives what a single rounding would.</summary>
internal readonly struct FusedMultiplyAddOdd : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c)
    {
        var (a0, a1) = Vector512.Widen(a);
        var (b0, b1) = Vector512.Widen(b);
        var (c0, c1) = Vector512.Widen(c);
        var (sum0, error0) = Sum(a0 * b0, c0);
        var (sum1, error1) = Sum(a1 * b1, c1);
        var nearest = Vector512.Narrow(sum0, sum1);
        var (back0, back1) = Vector512.Widen(nearest);
        // Only signs matter here; the differences are exact, and a zero one leaves the error of the sum to decide.
        var rest = Vector512.Narrow(Sign(sum0 - back0, error0), Sign(sum1 - back1, error1));
        var bits = nearest.AsInt32();
        var isInexact = ~Vector512.Equals(rest, Vector512<float>.Zero).AsInt32() & Vector512.Equals(rest, rest).AsInt32();
        var isEven = Vector512.Equals(bits & Vector512<int>.One, Vector512<int>.Zero);
        var grows = Vector512.GreaterThanOrEqual(bits ^ rest.AsInt32(), Vector512<int>.Zero);
        var step = Vector512.ConditionalSelect(grows, Vector512<int>.One, Vector512<int>.AllBitsSet);
        return (bits + (step & isInexact & isEven)).AsSingle();
    }

    private static (Vector512<double> Sum, Vector512<double> Error) Sum(Vector512<double> product, Vector512<double> c)
    {
        var sum = product + c;
        var back = sum - product;
        return (sum, product - (sum - back) + (c - back));
    }

    private static Vector512<double> Sign(Vector512<double> difference, Vector512<double> error)
    {
        var rest = Vector512.ConditionalSelect(Vector512.Equals(difference, Vector512<double>.Zero), error, difference);
        var isNegative = Vector512.LessThan(rest, Vector512<double>.Zero);
        var sign = Vector512.ConditionalSelect(isNegative, -Vector512<double>.One, Vector512<double>.One);
        var isUnknown = Vector512.Equals(rest, Vector512<double>.Zero) | ~Vector512.Equals(rest, rest);
        return Vector512.ConditionalSelect(isUnknown, Vector512<double>.Zero, sign);
    }
}

/// <summary>An operation with .sat.</summary>
internal readonly struct SaturatedOperation<TOp> : IFloatOperation where TOp : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Float32.Saturate(TOp.Apply(a, b, c).AsUInt32()).AsSingle();
}

/// <summary>An operation with .relu: negative results become +0, NaN stays.</summary>
internal readonly struct RectifiedOperation<TOp> : IFloatOperation where TOp : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c)
    {
        var value = TOp.Apply(a, b, c);
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(value, Vector512<float>.Zero), Vector512<float>.Zero, value);
    }
}

/// <summary>neg of a 16-bit float changes its sign bit alone.</summary>
internal readonly struct NegateHalf : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => a ^ Vector512.Create(0x8000u);
}

internal readonly struct NegateHalfPair : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => a ^ Vector512.Create(0x8000_8000u);
}

internal readonly struct AbsoluteHalf : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => a & Vector512.Create(0x7FFF_7FFFu);
}
