using System.Globalization;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>The value of a literal or constant expression: a 64-bit integer, signed or not, or a float64.</summary>
internal readonly record struct PtxConstant
{
    private PtxConstant(bool isFloat, bool isUnsigned, ulong bits, uint? singleBits) =>
        (IsFloat, IsUnsigned, Bits, SingleBits) = (isFloat, isUnsigned, bits, singleBits);

    public bool IsFloat { get; }

    public bool IsUnsigned { get; }

    /// <summary>The integer, or the float64's bits.</summary>
    public ulong Bits { get; }

    /// <summary>The exact bits of a <c>0f</c> literal, whose NaN would not survive the way through float64.</summary>
    private uint? SingleBits { get; }

    private bool IsHexadecimalDouble { get; init; }

    public long Signed => (long)Bits;

    public double Number => BitConverter.UInt64BitsToDouble(Bits);

    private Int128 Integer => IsUnsigned ? Bits : Signed;

    public static PtxConstant OfSigned(long value) => new(false, false, (ulong)value, null);

    public static PtxConstant OfUnsigned(ulong value) => new(false, true, value, null);

    public static PtxConstant OfBoolean(bool value) => OfSigned(value ? 1 : 0);

    public static PtxConstant OfFloat(double value) => new(true, false, BitConverter.DoubleToUInt64Bits(value), null);

    /// <summary>−x, which keeps the exact bits of a float.</summary>
    public PtxConstant Negated => IsFloat
        ? new PtxConstant(true, false, Bits ^ 1UL << 63, SingleBits ^ 1u << 31)
        : new PtxConstant(false, IsUnsigned && Bits > 1UL << 63, 0 - Bits, null);

    /// <summary>Reads a literal; null when it is none.</summary>
    public static PtxConstant? Literal(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && text[0] == '0')
        {
            switch (text[1])
            {
                case 'f' or 'F':
                    return text.Length == 10 && uint.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out var single)
                        ? new PtxConstant(true, false, BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle(single)), single)
                        : null;
                case 'd' or 'D':
                    return text.Length == 18 && ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out var bits)
                        ? new PtxConstant(true, false, bits, null) { IsHexadecimalDouble = true }
                        : null;
            }
        }
        if (text.ContainsAny('.', 'e', 'E') && !IsHexadecimal(text))
        {
            return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
                ? OfFloat(number)
                : null;
        }
        return IntegerLiteral(text);
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text) => text.StartsWith("0x") || text.StartsWith("0X");

    private static PtxConstant? IntegerLiteral(ReadOnlySpan<char> text)
    {
        var isUnsigned = text.EndsWith('U');
        if (isUnsigned)
            text = text[..^1];
        if (text.IsEmpty)
            return null;
        ulong value;
        bool isRead;
        if (IsHexadecimal(text))
            isRead = ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, null, out value);
        else if (text.StartsWith("0b") || text.StartsWith("0B"))
            isRead = ulong.TryParse(text[2..], NumberStyles.AllowBinarySpecifier, null, out value);
        else if (text[0] == '0' && text.Length > 1)
            isRead = TryReadOctal(text[1..], out value);
        else
            isRead = ulong.TryParse(text, NumberStyles.None, null, out value);
        if (!isRead)
            return null;
        return isUnsigned || value > long.MaxValue ? OfUnsigned(value) : OfSigned((long)value);
    }

    private static bool TryReadOctal(ReadOnlySpan<char> digits, out ulong value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || value >> 61 != 0)
                return false;
            value = value << 3 | (uint)(digit - '0');
        }
        return true;
    }

    /// <summary>Whether it is a <c>0f</c> or <c>0d</c> literal of exactly that size: such bits may also be moved as .b32 or .b64.</summary>
    public bool IsBitPattern(PtxType type) => IsFloat && (SingleBits is not null ? type == PtxType.B32 : IsHexadecimalDouble && type == PtxType.B64);

    /// <summary>The value as bits of a type, sign-extended to 64 bits when it is an integer; null with the reason when the type cannot hold it.</summary>
    public ulong? ToBits(PtxType type, out string? reason)
    {
        reason = null;
        if (type.IsFloat())
        {
            if (!IsFloat)
            {
                reason = $"an integer literal stands where .{type.Name()} is expected; write it with a point, or as 0f or 0d bits";
                return null;
            }
            return FloatBits(type);
        }
        if (IsFloat)
        {
            reason = $"a floating-point literal stands where .{type.Name()} is expected";
            return null;
        }
        if (type == PtxType.Pred)
            return Bits != 0 ? 1UL : 0;
        var bits = type.Bits();
        // A 64-bit literal such as 0xFFFFFFFFFFFFFFFF is also -1, and that fits.
        var fits = Integer >= -(Int128.One << bits - 1) && Integer < Int128.One << bits;
        if (!fits && !(Signed < 0 && Signed >= -(1L << bits - 1)))
        {
            reason = $"the value {Integer} does not fit into .{type.Name()}";
            return null;
        }
        return (ulong)((long)(Bits << 64 - bits) >> 64 - bits);
    }

    private ulong FloatBits(PtxType type) => type switch
    {
        PtxType.F64 => Bits,
        PtxType.F16 => BitConverter.HalfToUInt16Bits((Half)Number),
        _ => SingleBits ?? BitConverter.SingleToUInt32Bits((float)Number),
    };
}
