using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What f32 values have in common: the canonical NaN, flushing, saturation.</summary>
internal static class Float32
{
    /// <summary>The NaN that f32 arithmetic gives.</summary>
    public const uint NaN = 0x7FFF_FFFF;

    /// <summary>NaNs become the canonical one: payloads do not survive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Canonical(Vector512<float> a) =>
        Vector512.ConditionalSelect(Vector512.Equals(a, a).AsUInt32(), a.AsUInt32(), Vector512.Create(NaN));

    /// <summary>Subnormals become zeros of their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Flush(Vector512<uint> a)
    {
        var isSmall = Vector512.LessThan(a & Vector512.Create(0x7FFF_FFFFu), Vector512.Create(0x0080_0000u));
        return Vector512.ConditionalSelect(isSmall, a & Vector512.Create(0x8000_0000u), a);
    }

    /// <summary>Clamps to [0, 1]; NaN and −0 become +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Saturate(Vector512<uint> a)
    {
        var value = a.AsSingle();
        var positive = Vector512.ConditionalSelect(Vector512.GreaterThan(value, Vector512<float>.Zero), value, Vector512<float>.Zero);
        return Vector512.ConditionalSelect(Vector512.LessThan(positive, Vector512<float>.One), positive, Vector512<float>.One).AsUInt32();
    }

    /// <inheritdoc cref="Flush(Vector512{uint})"/>
    public static float Flush(float a) => float.IsSubnormal(a) ? MathF.CopySign(0, a) : a;

    /// <inheritdoc cref="Saturate(Vector512{uint})"/>
    public static float Saturate(float a) => a > 0 ? Math.Min(a, 1) : 0;

    /// <summary>Bits of a result, NaNs canonical.</summary>
    public static uint Bits(float a) => float.IsNaN(a) ? NaN : BitConverter.SingleToUInt32Bits(a);
}

/// <summary>An f32 operation with its canonical NaN.</summary>
internal readonly struct Canonical<TOp> : IUnary32, IBinary32, ITernary32 where TOp : IFloatOperation
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Float32.Canonical(TOp.Apply(a.AsSingle(), default, default));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Float32.Canonical(TOp.Apply(a.AsSingle(), b.AsSingle(), default));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Float32.Canonical(TOp.Apply(a.AsSingle(), b.AsSingle(), c.AsSingle()));
}

/// <summary>The same with .ftz.</summary>
internal readonly struct Flushed<TOp> : IUnary32, IBinary32, ITernary32 where TOp : IFloatOperation
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Float32.Flush(Canonical<TOp>.Apply(Float32.Flush(a)));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) =>
        Float32.Flush(Canonical<TOp>.Apply(Float32.Flush(a), Float32.Flush(b)));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Float32.Flush(Canonical<TOp>.Apply(Float32.Flush(a), Float32.Flush(b), Float32.Flush(c)));
}

/// <summary>The same with .sat.</summary>
internal readonly struct Saturated<TOp> : IUnary32, IBinary32, ITernary32 where TOp : IUnary32, IBinary32, ITernary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Float32.Saturate(TOp.Apply(a));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Float32.Saturate(TOp.Apply(a, b));

    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) => Float32.Saturate(TOp.Apply(a, b, c));
}

/// <summary>Up to three f32 operands, rounded to nearest even; operands that an operation does not have are zero.</summary>
internal interface IFloatOperation
{
    static abstract Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c);
}

internal readonly struct AddFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a + b;
}

internal readonly struct SubtractFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a - b;
}

internal readonly struct MultiplyFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a * b;
}

internal readonly struct FusedMultiplyAddFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

internal readonly struct DivideFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a / b;
}

internal readonly struct ReciprocalFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512<float>.One / a;
}

internal readonly struct SquareRootFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Sqrt(a);
}

/// <summary>min: the number where one operand is NaN, −0 below +0.</summary>
internal readonly struct MinimumFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MinNumber(a, b);
}

/// <summary>max: the number where one operand is NaN, −0 below +0.</summary>
internal readonly struct MaximumFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MaxNumber(a, b);
}

/// <summary>min.NaN.</summary>
internal readonly struct MinimumFloatNaN : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Min(a, b);
}

/// <summary>max.NaN.</summary>
internal readonly struct MaximumFloatNaN : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Max(a, b);
}

/// <summary>min or max of magnitudes with the product's sign (.xorsign.abs).</summary>
internal readonly struct ByMagnitude<TOp> : IFloatOperation where TOp : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c)
    {
        var sign = (a.AsUInt32() ^ b.AsUInt32()) & Vector512.Create(0x8000_0000u);
        return (TOp.Apply(Vector512.Abs(a), Vector512.Abs(b), c).AsUInt32() | sign).AsSingle();
    }
}

internal readonly struct NegateFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        (a.AsUInt32() ^ Vector512.Create(0x8000_0000u)).AsSingle();
}

internal readonly struct AbsoluteFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Abs(a);
}

/// <summary>Rounds to an integer, to nearest even.</summary>
internal readonly struct RoundFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Round(a, MidpointRounding.ToEven);
}

internal readonly struct TruncateFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Truncate(a);
}

internal readonly struct FloorFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Floor(a);
}

internal readonly struct CeilingFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.Ceiling(a);
}

/// <summary>The value itself: cvt.f32.f32 with .ftz or .sat.</summary>
internal readonly struct IdentityFloat : IFloatOperation
{
    public static Vector512<float> Apply(Vector512<float> a, Vector512<float> b, Vector512<float> c) => a;
}

/// <summary>copysign: the magnitude of b with the sign of a.</summary>
internal readonly struct CopySign : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) =>
        Vector512.ConditionalSelect(Vector512.Create(0x8000_0000u), a, b);

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) =>
        Vector512.ConditionalSelect(Vector512.Create(0x8000_0000_0000_0000u), a, b);
}
