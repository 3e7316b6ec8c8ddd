using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>f16 and bf16 values, zero-extended in 32-bit lanes, to f32 and back.</summary>
internal static class HalfFormat
{
    /// <summary>The NaN of f16 and of bf16.</summary>
    public const uint NaN = 0x7FFF;

    /// <summary>f16 to f32, exact; NaNs become f32's canonical one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Widen(Vector512<uint> a)
    {
        // The exponent field moves to f32's place and a product with 2^112 corrects the bias: it normalises subnormals, too.
        var magnitude = (a & Vector512.Create(0x7FFFu)) << 13;
        var value = (magnitude.AsSingle() * Vector512.Create(5.192296858534828e33f)).AsUInt32();
        var special = Vector512.ConditionalSelect(
            Vector512.Equals(magnitude, Vector512.Create(0x7C00u << 13)), Vector512.Create(0x7F80_0000u), Vector512.Create(Float32.NaN));
        var isSpecial = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7C00u << 13));
        var isNaN = Vector512.GreaterThan(magnitude, Vector512.Create(0x7C00u << 13));
        var sign = Vector512.AndNot((a & Vector512.Create(0x8000u)) << 16, isNaN);
        return Vector512.ConditionalSelect(isSpecial, special, value) | sign;
    }

    /// <summary>f32 to f16, to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Narrow(Vector512<uint> a)
    {
        var sign = a & Vector512.Create(0x8000_0000u);
        var magnitude = a ^ sign;
        // Subnormal results: adding 0.5 leaves the units of f16's last place, rounded by the addition itself.
        var small = (magnitude.AsSingle() + Vector512.Create(0.5f)).AsUInt32() - Vector512.Create(0x3F00_0000u);
        var odd = (magnitude >> 13) & Vector512<uint>.One;
        var normal = (magnitude - Vector512.Create(0x3800_0000u) + Vector512.Create(0xFFFu) + odd) >> 13;
        var finite = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0x3880_0000u)), small, normal);
        var isNaN = Vector512.GreaterThan(magnitude, Vector512.Create(0x7F80_0000u));
        var large = Vector512.ConditionalSelect(isNaN, Vector512.Create(NaN), Vector512.Create(0x7C00u));
        var value = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0x4780_0000u)), finite, large);
        return value | Vector512.AndNot(sign >> 16, isNaN);
    }

    /// <summary>f32 to bf16, to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> NarrowToBFloat16(Vector512<uint> a)
    {
        var rounded = (a + Vector512.Create(0x7FFFu) + ((a >> 16) & Vector512<uint>.One)) >> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(a.AsSingle(), a.AsSingle()).AsUInt32(), rounded, Vector512.Create(NaN));
    }

    /// <summary>An f64 value rounded once to a 16-bit format.</summary>
    public static uint Narrow(double value, FloatFormat format, RoundingMode mode)
    {
        if (double.IsNaN(value))
            return NaN;
        if (double.IsInfinity(value))
            return (uint)(format.Infinity | (value < 0 ? format.Sign : 0));
        return Fast(value, format, mode);
    }

    /// <summary>The value of f16 bits.</summary>
    public static double Value(uint bits, bool isBFloat16) =>
        isBFloat16 ? BitConverter.UInt32BitsToSingle(bits << 16) : (double)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static uint Fast(double value, FloatFormat format, RoundingMode mode)
    {
        // In units of the last place of the result, which lies in the normal binade or among the subnormals, the value is rounded as an integer.
        var exponent = Math.Max(value == 0 ? format.MinimumExponent : Math.ILogB(value), format.MinimumExponent);
        var scaled = Math.ScaleB(Math.Abs(value), format.Precision - 1 - exponent);
        var units = mode switch
        {
            RoundingMode.NearestEven => Math.Round(scaled, MidpointRounding.ToEven),
            RoundingMode.TowardZero => Math.Floor(scaled),
            RoundingMode.Down => double.IsNegative(value) ? Math.Ceiling(scaled) : Math.Floor(scaled),
            _ => double.IsNegative(value) ? Math.Floor(scaled) : Math.Ceiling(scaled),
        };
        var bits = (ulong)units + ((ulong)(exponent - format.MinimumExponent) << (format.Precision - 1));
        if (bits >= format.Infinity)
        {
            var overflows = mode switch
            {
                RoundingMode.NearestEven => true,
                RoundingMode.TowardZero => false,
                RoundingMode.Down => value < 0,
                _ => value > 0,
            };
            bits = overflows ? format.Infinity : format.Infinity - 1;
        }
        return (uint)(bits | (double.IsNegative(value) ? format.Sign : 0));
    }
}
