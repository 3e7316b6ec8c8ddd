using System.Numerics;
using static Mimir.Kernels.Tests.Ptx.Emulation.EdgeValues;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>cvt of every pair of types.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class ConversionTests
{
    private static readonly string[] Integers = ["u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"];

    [Test]
    public void BetweenIntegers([ValueSource(nameof(Integers))] string from)
    {
        var sourceBits = Math.Max(Width(from), 16);
        foreach (var to in Integers)
        {
            foreach (var saturates in (bool[])[false, true])
            {
                var resultBits = Math.Max(Width(to), 16);
                InstructionProbe.Check(
                    $"cvt{(saturates ? ".sat" : "")}.{to}.{from} $d, $a;", resultBits, [(sourceBits, Bits64.Concat(Bits32).Concat(Bits16).Distinct().ToArray())],
                    v =>
                    {
                        var value = Value(v[0], from);
                        if (saturates)
                            value = Int128.Clamp(value, Least(to), Greatest(to));
                        return Raw(Value(Raw(value, 64), to), resultBits);
                    });
            }
        }
    }

    /// <summary>Destinations and sources wider than the types.</summary>
    [Test]
    public void WiderRegisters()
    {
        InstructionProbe.Check("cvt.s8.s32 $d, $a;", 32, [(32, Bits32)], v => (uint)(sbyte)v[0]);
        InstructionProbe.Check("cvt.u8.u32 $d, $a;", 32, [(32, Bits32)], v => (byte)v[0]);
        InstructionProbe.Check("cvt.s16.s64 $d, $a;", 64, [(64, Bits64)], v => (ulong)(short)v[0]);
        InstructionProbe.Check("cvt.u16.u64 $d, $a;", 32, [(64, Bits64)], v => (ushort)v[0]);
        InstructionProbe.Check("cvt.s32.s8 $d, $a;", 32, [(32, Bits32)], v => (uint)(sbyte)v[0]);
        InstructionProbe.Check("cvt.s64.s8 $d, $a;", 64, [(64, Bits64)], v => (ulong)(sbyte)v[0]);
        InstructionProbe.Check("cvt.s32.s32 $d, $a;", 64, [(64, Bits64)], v => (ulong)(int)v[0]);
        InstructionProbe.Check("cvt.rn.f32.u8 $d, $a;", 32, [(32, Bits32)], v => Bits((float)(byte)v[0]));
    }

    [Test]
    public void IntegersToFloats([ValueSource(nameof(Integers))] string from)
    {
        var sourceBits = Math.Max(Width(from), 16);
        var sources = new[] { (sourceBits, Bits64.Concat(Bits32).Concat((ulong[])[0x0100_0001UL, 0x0100_0003, 0x4000_0080_0000_0001, 0x20_0000_0000_0001]).Distinct().ToArray()) };
        foreach (var mode in (string[])["rn", "rz", "rm", "rp"])
        {
            InstructionProbe.Check($"cvt.{mode}.f32.{from} $d, $a;", 32, sources, v => Rounded(Value(v[0], from), 24, mode) is var r ? Bits((float)r) : 0);
            InstructionProbe.Check($"cvt.{mode}.f64.{from} $d, $a;", 64, sources, v => Bits((double)Rounded(Value(v[0], from), 53, mode)));
        }
    }

    /// <summary>Nearest number with so many bits, in the mode's direction.</summary>
    private static BigInteger Rounded(Int128 value, int bits, string mode)
    {
        var magnitude = BigInteger.Abs((BigInteger)value);
        var shift = Math.Max((int)magnitude.GetBitLength() - bits, 0);
        var kept = magnitude >> shift;
        var rest = magnitude - (kept << shift);
        var half = shift == 0 ? BigInteger.One : BigInteger.One << shift - 1;
        var isUp = mode switch
        {
            "rn" => rest > half && shift > 0 || rest == half && shift > 0 && !kept.IsEven,
            "rz" => false,
            "rm" => value < 0 && !rest.IsZero,
            _ => value > 0 && !rest.IsZero,
        };
        var result = kept + (isUp ? 1 : 0) << shift;
        return value < 0 ? -result : result;
    }

    [Test]
    public void FloatsToIntegers([ValueSource(nameof(Integers))] string to)
    {
        var resultBits = Math.Max(Width(to), 16);
        foreach (var (mode, round) in ((string, Func<double, double>)[])[
            ("rni", x => Math.Round(x, MidpointRounding.ToEven)), ("rzi", Math.Truncate), ("rmi", Math.Floor), ("rpi", Math.Ceiling)])
        {
            ulong Oracle(double value, bool isDouble)
            {
                if (double.IsNaN(value))
                    return isDouble || Width(to) == 64 ? Raw(Value(1UL << Width(to) - 1, to), resultBits) : 0;
                var integral = round(value);
                return Raw(integral >= (double)Greatest(to) ? Greatest(to) : integral <= (double)Least(to) ? Least(to) : (Int128)integral, resultBits);
            }
            ulong[] singles = [.. Singles, .. new[] { 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 127.5f, 255.5f, 65535.5f, 2147483520f, 4294967040f, 1e10f, -1e10f }.Select(Bits)];
            ulong[] doubles = [.. Doubles, .. new[] { 0.5, -0.5, 2.5, 2147483647.5, 4294967295.5, 9.3e18, 1.9e19, -9.3e18 }.Select(Bits)];
            InstructionProbe.Check($"cvt.{mode}.{to}.f32 $d, $a;", resultBits, [(32, singles)], v => Oracle(ToSingle(v[0]), false));
            InstructionProbe.Check($"cvt.{mode}.{to}.f64 $d, $a;", resultBits, [(64, doubles)], v => Oracle(ToDouble(v[0]), true));
            InstructionProbe.Check($"cvt.{mode}.{to}.f16 $d, $a;", resultBits, [(16, Halves)], v => Oracle((double)BitConverter.UInt16BitsToHalf((ushort)v[0]), false));
        }
    }

    [Test]
    public void ToIntegralFloats()
    {
        ulong[] singles = [.. Singles, .. new[] { 0.5f, 1.5f, 2.5f, -0.5f, -2.5f, 8388607.5f }.Select(Bits)];
        InstructionProbe.Check("cvt.rni.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(MathF.Round(ToSingle(v[0]), MidpointRounding.ToEven)));
        InstructionProbe.Check("cvt.rzi.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(MathF.Truncate(ToSingle(v[0]))));
        InstructionProbe.Check("cvt.rmi.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(MathF.Floor(ToSingle(v[0]))));
        InstructionProbe.Check("cvt.rpi.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(MathF.Ceiling(ToSingle(v[0]))));
        InstructionProbe.Check("cvt.rmi.f64.f64 $d, $a;", 64, [(64, Doubles)], v => Bits(Math.Floor(ToDouble(v[0]))), AreSameDouble);
        InstructionProbe.Check("cvt.sat.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(ToSingle(v[0]) > 0 ? Math.Min(ToSingle(v[0]), 1) : 0f));
        InstructionProbe.Check("cvt.ftz.f32.f32 $d, $a;", 32, [(32, singles)], v => Bits(float.IsSubnormal(ToSingle(v[0])) ? MathF.CopySign(0, ToSingle(v[0])) : ToSingle(v[0])));
    }

    [Test]
    public void BetweenFloats()
    {
        ulong[] singles = [.. Singles, .. new[] { 65504f, 65519.996f, 65520f, 1e-8f, 5.96e-8f, 2.98e-8f, 2.99e-8f, 0.1f, 6.1e-5f, 1.00048828125f, 1.0014648f }.Select(Bits)];
        ulong[] doubles = [.. Doubles, .. new[] { 1e-310, 1e-46, 0.7e-45, 3.4028235677973366e38, 3.40282357e38, 1.0000000596046448, 0.1, 65520, 5.9e-8 }.Select(Bits)];
        InstructionProbe.Check("cvt.f64.f32 $d, $a;", 64, [(32, singles)], v => Bits((double)ToSingle(v[0])), AreSameDouble);
        InstructionProbe.Check("cvt.rn.f32.f64 $d, $a;", 32, [(64, doubles)], v => Bits((float)ToDouble(v[0])));
        InstructionProbe.Check("cvt.rz.f32.f64 $d, $a;", 32, [(64, doubles)], v => Bits(Directed(ToDouble(v[0]), "rz")));
        InstructionProbe.Check("cvt.rm.f32.f64 $d, $a;", 32, [(64, doubles)], v => Bits(Directed(ToDouble(v[0]), "rm")));
        InstructionProbe.Check("cvt.rp.f32.f64 $d, $a;", 32, [(64, doubles)], v => Bits(Directed(ToDouble(v[0]), "rp")));
        InstructionProbe.Check("cvt.rn.f16.f32 $d, $a;", 16, [(32, singles)], v => Half((Half)ToSingle(v[0])));
        InstructionProbe.Check("cvt.rn.f16.f64 $d, $a;", 16, [(64, doubles)], v => Half((Half)ToDouble(v[0])));
        InstructionProbe.Check("cvt.rz.f16.f32 $d, $a;", 16, [(32, singles)], v => HalfToward(ToSingle(v[0]), 0));
        InstructionProbe.Check("cvt.rp.f16.f32 $d, $a;", 16, [(32, singles)], v => HalfToward(ToSingle(v[0]), 1));
        InstructionProbe.Check("cvt.rm.f16.f32 $d, $a;", 16, [(32, singles)], v => HalfToward(ToSingle(v[0]), -1));
        InstructionProbe.Check("cvt.f32.f16 $d, $a;", 32, [(16, [.. Enumerable.Range(0, 65536).Select(n => (ulong)n)])], v => Bits((float)BitConverter.UInt16BitsToHalf((ushort)v[0])));
        InstructionProbe.Check("cvt.rn.bf16.f32 $d, $a;", 16, [(32, singles)], v => BFloat16Of(ToSingle(v[0])));
        InstructionProbe.Check("cvt.rz.bf16.f32 $d, $a;", 16, [(32, singles)], v => float.IsNaN(ToSingle(v[0])) ? 0x7FFF : v[0] >> 16);
        InstructionProbe.Check("cvt.rn.relu.bf16.f32 $d, $a;", 16, [(32, singles)], v => ToSingle(v[0]) <= 0 ? 0 : BFloat16Of(ToSingle(v[0])));
        InstructionProbe.Check("cvt.rn.f16x2.f32 $d, $a, $b;", 32, [(32, singles), (32, singles)], v => Half((Half)ToSingle(v[0])) << 16 | Half((Half)ToSingle(v[1])));
        InstructionProbe.Check("cvt.rn.bf16x2.f32 $d, $a, $b;", 32, [(32, singles), (32, singles)], v => BFloat16Of(ToSingle(v[0])) << 16 | BFloat16Of(ToSingle(v[1])));
        InstructionProbe.Check("cvt.rna.tf32.f32 $d, $a;", 32, [(32, singles)], v => float.IsFinite(ToSingle(v[0])) ? (v[0] + 0x1000) & 0xFFFF_E000 : Bits(ToSingle(v[0])));
        InstructionProbe.Check("cvt.f32.bf16 $d, $a;", 32, [(16, BFloats)], v => Bits(ToSingle(v[0] << 16)));
    }

    private static float Directed(double value, string mode)
    {
        var nearest = (float)value;
        if (double.IsNaN(value) || double.IsInfinity(value) || nearest == value)
            return nearest;
        var isUp = mode == "rp" || mode == "rz" && value < 0;
        return isUp == nearest > value ? nearest : isUp ? MathF.BitIncrement(nearest) : MathF.BitDecrement(nearest);
    }

    private static ulong Half(Half value) => System.Half.IsNaN(value) ? 0x7FFFu : BitConverter.HalfToUInt16Bits(value);

    /// <summary>Toward zero (0), up (1) or down (−1).</summary>
    private static ulong HalfToward(float value, int direction)
    {
        var nearest = (Half)value;
        if (!float.IsFinite(value) || (float)nearest == value)
            return Half(nearest);
        var isUp = direction == 1 || direction == 0 && value < 0;
        return Half(isUp == (float)nearest > value ? nearest : isUp ? System.Half.BitIncrement(nearest) : System.Half.BitDecrement(nearest));
    }

    private static ulong BFloat16Of(float value)
    {
        if (float.IsNaN(value))
            return 0x7FFF;
        var bits = BitConverter.SingleToUInt32Bits(value);
        return bits + 0x7FFF + (bits >> 16 & 1) >> 16;
    }

    private static int Width(string type) => int.Parse(type[1..]);

    private static Int128 Value(ulong raw, string type)
    {
        var bits = Width(type);
        var cut = bits == 64 ? raw : raw & (1UL << bits) - 1;
        return type[0] == 's' && (cut >> bits - 1 & 1) != 0 ? (Int128)cut - (Int128.One << bits) : cut;
    }

    private static Int128 Least(string type) => type[0] == 's' ? -(Int128.One << Width(type) - 1) : 0;

    private static Int128 Greatest(string type) => type[0] == 's' ? (Int128.One << Width(type) - 1) - 1 : (Int128.One << Width(type)) - 1;

    private static ulong Raw(Int128 value, int bits) => (ulong)((UInt128)value & ((UInt128.One << bits) - 1));
}
