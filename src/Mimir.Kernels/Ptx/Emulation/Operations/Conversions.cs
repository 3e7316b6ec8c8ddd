using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>cvt of every pair of types, by way of one lane's exact value. <see cref="DecodedInstruction.D2"/> is the destination's type,
/// <see cref="DecodedInstruction.E"/> the source's, <see cref="DecodedInstruction.Bytes"/> the width of the destination register in bits,
/// <see cref="DecodedInstruction.Offset"/> that of the source register.</summary>
internal static unsafe class Conversions
{
    /// <summary>Bits of <see cref="DecodedInstruction.Mode"/> above the <see cref="RoundingMode"/>.</summary>
    public const int Flush = 4;
    public const int Saturate = 8;
    public const int Rectify = 16;

    /// <summary>.rni, .rzi, .rmi or .rpi instead of .rn, .rz, .rm or .rp.</summary>
    public const int ToIntegral = 32;

    public static void Convert(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var (to, from) = ((PtxType)i->D2, (PtxType)i->E);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var source = i->Offset == 64 ? ((ulong*)(r + i->A))[lane] : ((uint*)(r + i->A))[lane];
            var result = Convert(source, to, from, i->Mode);
            if (i->Bytes == 64)
                ((ulong*)(r + i->D))[lane] = result;
            else
                ((uint*)(r + i->D))[lane] = i->Bytes == 32 ? (uint)result : (ushort)result;
        }
    }

    /// <summary>cvt.f16x2.f32 and cvt.bf16x2.f32 with a rounding that has no vector form: the first source goes to the high half.</summary>
    public static void Pack(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var to = (PtxType)i->D2 == PtxType.F16x2 ? PtxType.F16 : PtxType.BF16;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var high = Convert(((uint*)(r + i->A))[lane], to, PtxType.F32, i->Mode);
            var low = Convert(((uint*)(r + i->B))[lane], to, PtxType.F32, i->Mode);
            ((uint*)(r + i->D))[lane] = (uint)(high << 16 | low);
        }
    }

    /// <summary>One value.</summary>
    /// <returns>Its bits, extended to 64 by the destination type's sign.</returns>
    public static ulong Convert(ulong source, PtxType to, PtxType from, int mode)
    {
        var isFromFloat = from.IsFloat();
        if (!isFromFloat && !to.IsFloat())
            return BetweenIntegers(Integer(source, from), to, (mode & Saturate) != 0);
        if (!isFromFloat)
            return FromInteger(Integer(source, from), to, mode);
        var value = FloatValue(source, from);
        if ((mode & Flush) != 0 && from == PtxType.F32)
            value = Float32.Flush((float)value);
        return to.IsFloat() ? BetweenFloats(value, to, mode) : ToInteger(value, to, from, mode);
    }

    private static Int128 Integer(ulong source, PtxType type)
    {
        var unused = 64 - type.Bits();
        return type.IsSigned() ? (long)(source << unused) >> unused : source << unused >> unused;
    }

    private static double FloatValue(ulong source, PtxType type) => type switch
    {
        PtxType.F64 => BitConverter.UInt64BitsToDouble(source),
        PtxType.F16 => HalfFormat.Value((uint)source & 0xFFFF, isBFloat16: false),
        PtxType.BF16 => HalfFormat.Value((uint)source & 0xFFFF, isBFloat16: true),
        _ => BitConverter.UInt32BitsToSingle((uint)source),
    };

    private static (Int128 Least, Int128 Greatest) Range(PtxType type) => type.IsSigned()
        ? (-(Int128.One << (type.Bits() - 1)), (Int128.One << (type.Bits() - 1)) - 1)
        : (0, (Int128.One << type.Bits()) - 1);

    private static ulong BetweenIntegers(Int128 value, PtxType to, bool saturates)
    {
        if (saturates)
        {
            var (least, greatest) = Range(to);
            value = Int128.Clamp(value, least, greatest);
        }
        var unused = 64 - to.Bits();
        var bits = (ulong)(UInt128)value << unused;
        return to.IsSigned() ? (ulong)((long)bits >> unused) : bits >> unused;
    }

    private static ulong FromInteger(Int128 value, PtxType to, int mode)
    {
        var format = to switch
        {
            PtxType.F16 => FloatFormat.Half,
            PtxType.BF16 => FloatFormat.BFloat16,
            PtxType.F64 => FloatFormat.Double,
            _ => FloatFormat.Single,
        };
        var bits = new ExactNumber(value < 0, (BigInteger)Int128.Abs(value), 0).Round(format, (RoundingMode)(mode & 3));
        if ((mode & Saturate) == 0)
            return bits;
        return value <= 0 ? 0 : new ExactNumber(false, 1, 0).Round(format, RoundingMode.NearestEven);
    }

    private static ulong ToInteger(double value, PtxType to, PtxType from, int mode)
    {
        if (double.IsNaN(value))
            return from == PtxType.F64 || to.Bits() == 64 ? BetweenIntegers(Int128.One << (to.Bits() - 1), to, saturates: false) : 0;
        var (least, greatest) = Range(to);
        var integral = Integral(value, (RoundingMode)(mode & 3));
        var clamped = integral >= (double)greatest ? greatest : integral <= (double)least ? least : (Int128)integral;
        return BetweenIntegers(clamped, to, saturates: false);
    }

    private static ulong BetweenFloats(double value, PtxType to, int mode)
    {
        var rounding = (RoundingMode)(mode & 3);
        if ((mode & ToIntegral) != 0)
            value = Integral(value, rounding);
        if ((mode & Rectify) != 0 && value <= 0)
            value = 0;
        if ((mode & Saturate) != 0)
            value = value > 0 ? Math.Min(value, 1) : 0;
        switch (to)
        {
            case PtxType.F64:
                return BitConverter.DoubleToUInt64Bits(value);
            case PtxType.F16:
                return HalfFormat.Narrow(value, FloatFormat.Half, rounding);
            case PtxType.BF16:
                return HalfFormat.Narrow(value, FloatFormat.BFloat16, rounding);
            case PtxType.TF32:
                return ToTensorFloat((float)value);
            default:
                var single = double.IsFinite(value) ? DirectedFloat.Round(value, 0, rounding) : (float)value;
                return Float32.Bits((mode & Flush) != 0 ? Float32.Flush(single) : single);
        }
    }

    /// <summary>Nearest with ties away from zero, on the upper 19 bits.</summary>
    private static uint ToTensorFloat(float value) =>
        float.IsFinite(value) ? BitConverter.SingleToUInt32Bits(value) + 0x1000 & 0xFFFF_E000 : Float32.Bits(value);

    private static double Integral(double value, RoundingMode mode) => mode switch
    {
        RoundingMode.NearestEven => Math.Round(value, MidpointRounding.ToEven),
        RoundingMode.TowardZero => Math.Truncate(value),
        RoundingMode.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };
}

/// <summary>cvt.rn.f32.s32.</summary>
internal readonly struct SignedToFloat : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Vector512.ConvertToSingle(a.AsInt32()).AsUInt32();
}

/// <summary>cvt.rn.f32.u32, by way of f64, where it is exact.</summary>
internal readonly struct UnsignedToFloat : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a)
    {
        var (low, high) = Vector512.Widen(a);
        return Vector512.Narrow(Vector512.ConvertToDouble(low.AsInt64()), Vector512.ConvertToDouble(high.AsInt64())).AsUInt32();
    }
}

/// <summary>cvt.s32.f32 with the rounding of <typeparamref name="TRound"/>: clamped, NaN gives 0.</summary>
internal readonly struct FloatToSigned<TRound> : IUnary32 where TRound : IFloatOperation
{
    public static Vector512<uint> Apply(Vector512<uint> a)
    {
        var value = TRound.Apply(a.AsSingle(), default, default);
        var result = Vector512.ConvertToInt32Native(value).AsUInt32();
        result = Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(value, Vector512.Create(2147483648f)).AsUInt32(), Vector512.Create(0x7FFF_FFFFu), result);
        result = Vector512.ConditionalSelect(
            Vector512.LessThan(value, Vector512.Create(-2147483648f)).AsUInt32(), Vector512.Create(0x8000_0000u), result);
        return result & Vector512.Equals(value, value).AsUInt32();
    }
}

/// <summary>cvt.u32.f32 with the rounding of <typeparamref name="TRound"/>: clamped, NaN gives 0.</summary>
internal readonly struct FloatToUnsigned<TRound> : IUnary32 where TRound : IFloatOperation
{
    public static Vector512<uint> Apply(Vector512<uint> a)
    {
        var value = TRound.Apply(a.AsSingle(), default, default);
        var isLarge = Vector512.GreaterThanOrEqual(value, Vector512.Create(2147483648f)).AsUInt32();
        var reduced = Vector512.ConditionalSelect(isLarge.AsSingle(), value - Vector512.Create(2147483648f), value);
        var result = Vector512.ConvertToInt32Native(reduced).AsUInt32() + (isLarge & Vector512.Create(0x8000_0000u));
        result = Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(value, Vector512.Create(4294967296f)).AsUInt32(), Vector512.Create(uint.MaxValue), result);
        return result & Vector512.GreaterThan(value, Vector512<float>.Zero).AsUInt32();
    }
}

/// <summary>A 16-bit float to f32.</summary>
internal readonly struct HalfToFloat<TFormat> : IUnary32 where TFormat : IHalfFormat
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Float32.Canonical(TFormat.Widen(a & Vector512.Create(0xFFFFu)).AsSingle());
}

/// <summary>f32 to a 16-bit float, to nearest even.</summary>
internal readonly struct FloatToHalf<TFormat> : IUnary32 where TFormat : IHalfFormat
{
    public static Vector512<uint> Apply(Vector512<uint> a) => TFormat.Narrow(a);
}

/// <summary>Two f32 to a packed pair, the first to the high half, to nearest even.</summary>
internal readonly struct FloatsToPair<TFormat> : IBinary32 where TFormat : IHalfFormat
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => TFormat.Narrow(a) << 16 | TFormat.Narrow(b);
}

/// <summary>cvt.rna.tf32.f32.</summary>
internal readonly struct FloatToTensorFloat : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a)
    {
        var isFinite = Vector512.LessThan(a & Vector512.Create(0x7FFF_FFFFu), Vector512.Create(0x7F80_0000u));
        var rounded = (a + Vector512.Create(0x1000u)) & Vector512.Create(0xFFFF_E000u);
        return Vector512.ConditionalSelect(isFinite, rounded, Float32.Canonical(a.AsSingle()));
    }
}

/// <summary>Bits of the low half of a lane, zero-extended.</summary>
internal readonly struct LowHalf : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Halves.Low(a);
}

/// <summary>Bits of the low half of a lane, sign-extended.</summary>
internal readonly struct SignedLowHalf : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Halves.Extend(a);
}

/// <summary>The low byte of a lane, zero-extended.</summary>
internal readonly struct LowByte : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => a & Vector512.Create(0xFFu);
}

/// <summary>The low byte of a lane, sign-extended.</summary>
internal readonly struct SignedLowByte : IUnary32
{
    public static Vector512<uint> Apply(Vector512<uint> a) => ((a.AsInt32() << 24) >> 24).AsUInt32();
}
