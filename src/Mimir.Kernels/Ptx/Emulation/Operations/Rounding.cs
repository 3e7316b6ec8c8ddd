using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Rounding of exact results to a format. Kept in <see cref="DecodedInstruction.Mode"/>, low bits.</summary>
internal enum RoundingMode
{
    NearestEven,
    TowardZero,
    Down,
    Up,
}

/// <summary>A binary floating-point format of up to 64 bits.</summary>
/// <param name="Precision">Bits of the significand, the hidden one included.</param>
/// <param name="ExponentBits">Bits of the exponent field.</param>
internal readonly record struct FloatFormat(int Precision, int ExponentBits)
{
    public static readonly FloatFormat Half = new(11, 5);
    public static readonly FloatFormat BFloat16 = new(8, 8);
    public static readonly FloatFormat Single = new(24, 8);
    public static readonly FloatFormat Double = new(53, 11);

    /// <summary>The exponent of the largest finite binade.</summary>
    public int MaximumExponent => (1 << (ExponentBits - 1)) - 1;

    /// <summary>The exponent of the smallest normal number.</summary>
    public int MinimumExponent => 1 - MaximumExponent;

    /// <summary>The bits of +∞.</summary>
    public ulong Infinity => ((1UL << ExponentBits) - 1) << (Precision - 1);

    /// <summary>The bits of the sign alone.</summary>
    public ulong Sign => 1UL << (Precision - 1 + ExponentBits);
}

/// <summary>A finite number ±Significand · 2^Exponent, exactly. The slow way to the last bit: every rounding mode of every format is decided by
/// integer arithmetic.</summary>
internal readonly record struct ExactNumber(bool IsNegative, BigInteger Significand, int Exponent)
{
    /// <summary>The value of a finite double.</summary>
    public static ExactNumber Of(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var exponent = (int)(bits >> 52 & 0x7FF);
        var fraction = bits & 0xF_FFFF_FFFF_FFFF;
        return new(double.IsNegative(value), exponent == 0 ? fraction : fraction | 1UL << 52, Math.Max(exponent, 1) - 1075);
    }

    /// <summary>The product.</summary>
    public static ExactNumber operator *(ExactNumber a, ExactNumber b) =>
        new(a.IsNegative ^ b.IsNegative, a.Significand * b.Significand, a.Exponent + b.Exponent);

    /// <summary>The sum. The sign of a zero sum follows IEEE 754 for the mode.</summary>
    public static ExactNumber Sum(ExactNumber a, ExactNumber b, RoundingMode mode)
    {
        var exponent = Math.Min(a.Exponent, b.Exponent);
        var sum = a.Signed(exponent) + b.Signed(exponent);
        var isNegative = sum.IsZero ? a.IsNegative && b.IsNegative || (a.IsNegative || b.IsNegative) && mode == RoundingMode.Down : sum.Sign < 0;
        return new(isNegative, BigInteger.Abs(sum), exponent);
    }

    /// <summary>The quotient of non-zero numbers to far more bits than any format has, the rest told by a sticky last bit.</summary>
    public static ExactNumber Quotient(ExactNumber a, ExactNumber b)
    {
        const int Bits = 192;
        var quotient = BigInteger.DivRem(a.Significand << Bits, b.Significand, out var rest);
        return new(a.IsNegative ^ b.IsNegative, quotient << 1 | (rest.IsZero ? 0 : 1), a.Exponent - b.Exponent - Bits - 1);
    }

    /// <summary>The square root of a positive number, with a sticky last bit.</summary>
    public static ExactNumber SquareRoot(ExactNumber a)
    {
        const int Bits = 256;
        var shift = Bits + (a.Exponent & 1);
        var radicand = a.Significand << shift;
        var root = BigInteger.One << (int)((radicand.GetBitLength() + 1) / 2);
        for (;;)
        {
            var next = root + radicand / root >> 1;
            if (next >= root)
                break;
            root = next;
        }
        return new(false, root << 1 | (root * root == radicand ? 0 : 1), (a.Exponent - shift) / 2 - 1);
    }

    /// <summary>Rounds once to a format.</summary>
    /// <returns>The format's bits.</returns>
    public ulong Round(FloatFormat format, RoundingMode mode)
    {
        var sign = IsNegative ? format.Sign : 0;
        if (Significand.IsZero)
            return sign;
        // The unit of the result's last place: by its magnitude, or that of the subnormals.
        var top = (int)Significand.GetBitLength() - 1 + Exponent;
        var unit = Math.Max(top, format.MinimumExponent) - (format.Precision - 1);
        var shift = unit - Exponent;
        var kept = shift <= 0 ? Significand << -shift : Significand >> shift;
        if (shift > 0)
        {
            var rest = Significand - (kept << shift);
            var half = BigInteger.One << (shift - 1);
            var up = mode switch
            {
                RoundingMode.NearestEven => rest > half || rest == half && !kept.IsEven,
                RoundingMode.TowardZero => false,
                RoundingMode.Down => IsNegative && !rest.IsZero,
                _ => !IsNegative && !rest.IsZero,
            };
            if (up)
                kept += 1;
        }
        // A carry into the next binade adds one to the exponent field by itself, subnormals to normals too.
        var bits = (UInt128)(ulong)kept + ((UInt128)(uint)(unit + format.Precision - 1 - format.MinimumExponent) << (format.Precision - 1));
        if (bits < format.Infinity)
            return sign | (ulong)bits;
        var overflows = mode switch
        {
            RoundingMode.NearestEven => true,
            RoundingMode.TowardZero => false,
            RoundingMode.Down => IsNegative,
            _ => !IsNegative,
        };
        return sign | (overflows ? format.Infinity : format.Infinity - 1);
    }

    private BigInteger Signed(int exponent) => (IsNegative ? -Significand : Significand) << (Exponent - exponent);
}
