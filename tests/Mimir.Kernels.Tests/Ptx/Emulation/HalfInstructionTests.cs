using static Mimir.Kernels.Tests.Ptx.Emulation.EdgeValues;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>f16 and bf16 arithmetic: rounded once, which the oracle does from exact decimal or f64 values.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class HalfInstructionTests
{
    private static readonly (int, ulong[])[] TwoHalves = [(16, Halves), (16, Halves)];
    private static readonly (int, ulong[])[] ThreeHalves = [(16, Halves), (16, Halves), (16, Halves)];
    private static readonly (int, ulong[])[] ThreeBFloats = [(16, BFloats), (16, BFloats), (16, BFloats)];

    private static double H(ulong bits) => (double)BitConverter.UInt16BitsToHalf((ushort)bits);

    private static double B(ulong bits) => ToSingle(bits << 16);

    private static ulong Half(double value) => double.IsNaN(value) ? 0x7FFFu : BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>f64 to bf16 by its neighbours.</summary>
    private static ulong BFloat(double value)
    {
        if (double.IsNaN(value))
            return 0x7FFF;
        var sign = double.IsNegative(value) ? 0x8000UL : 0;
        var magnitude = Math.Abs(value);
        var below = 0UL;
        for (var bit = 14; bit >= 0; bit--)
        {
            if ((below | 1UL << bit) <= 0x7F80 && B(below | 1UL << bit) <= magnitude)
                below |= 1UL << bit;
        }
        if (below >= 0x7F80)
            return sign | 0x7F80;
        // The neighbour above the largest finite number is where the next binade would begin.
        var above = below == 0x7F7F ? Math.ScaleB(1, 128) : B(below + 1);
        var middle = (B(below) + above) / 2;
        return sign | (magnitude > middle || magnitude == middle && (below & 1) != 0 ? below + 1 : below);
    }

    [Test]
    public void HalfArithmetic()
    {
        InstructionProbe.Check("add.f16 $d, $a, $b;", 16, TwoHalves, v => Half(H(v[0]) + H(v[1])));
        InstructionProbe.Check("sub.rn.f16 $d, $a, $b;", 16, TwoHalves, v => Half(H(v[0]) - H(v[1])));
        InstructionProbe.Check("mul.f16 $d, $a, $b;", 16, TwoHalves, v => Half(H(v[0]) * H(v[1])));
        InstructionProbe.Check("fma.rn.f16 $d, $a, $b, $c;", 16, ThreeHalves, v => Half(Fused(H(v[0]), H(v[1]), H(v[2]))));
        InstructionProbe.Check("fma.rn.relu.f16 $d, $a, $b, $c;", 16, ThreeHalves, v => Fused(H(v[0]), H(v[1]), H(v[2])) is var r && r <= 0 ? 0 : Half(r));
        InstructionProbe.Check("add.sat.f16 $d, $a, $b;", 16, TwoHalves, v => H(v[0]) + H(v[1]) is var r && r > 0 ? Half(Math.Min(r, 1)) : 0);
        InstructionProbe.Check("min.f16 $d, $a, $b;", 16, TwoHalves, v => Half(double.MinNumber(H(v[0]), H(v[1]))));
        InstructionProbe.Check("max.f16 $d, $a, $b;", 16, TwoHalves, v => Half(double.MaxNumber(H(v[0]), H(v[1]))));
        InstructionProbe.Check("neg.f16 $d, $a;", 16, TwoHalves[..1], v => v[0] ^ 0x8000);
        InstructionProbe.Check("abs.f16 $d, $a;", 16, TwoHalves[..1], v => v[0] & 0x7FFF);
        InstructionProbe.Check("setp.lt.f16 $d, $a, $b;", 1, TwoHalves, v => H(v[0]) < H(v[1]) ? 1u : 0);
        InstructionProbe.Check("setp.geu.f16 $d, $a, $b;", 1, TwoHalves, v => H(v[0]) < H(v[1]) ? 0u : 1);
    }

    [Test]
    public void FlushedHalfArithmetic()
    {
        static ulong Flush(ulong bits) => (bits & 0x7FFF) < 0x0400 ? bits & 0x8000 : bits;
        InstructionProbe.Check("mul.ftz.f16 $d, $a, $b;", 16, TwoHalves, v => Flush(Half(H(Flush(v[0])) * H(Flush(v[1])))));
    }

    [Test]
    public void BFloatArithmetic()
    {
        InstructionProbe.Check("fma.rn.bf16 $d, $a, $b, $c;", 16, ThreeBFloats, v => BFloat(Fused(B(v[0]), B(v[1]), B(v[2]))));
        InstructionProbe.Check("add.bf16 $d, $a, $b;", 16, ThreeBFloats[..2], v => BFloat(Fused(B(v[0]), 1, B(v[1]))));
        InstructionProbe.Check("mul.bf16 $d, $a, $b;", 16, ThreeBFloats[..2], v => BFloat(B(v[0]) * B(v[1])));
        InstructionProbe.Check("min.bf16 $d, $a, $b;", 16, ThreeBFloats[..2], v => BFloat(double.MinNumber(B(v[0]), B(v[1]))));
        InstructionProbe.Check("max.NaN.bf16 $d, $a, $b;", 16, ThreeBFloats[..2], v => BFloat(double.IsNaN(B(v[0])) || double.IsNaN(B(v[1])) ? double.NaN : double.MaxNumber(B(v[0]), B(v[1]))));
    }

    /// <summary>a · b + c to odd in f64: exact where a second rounding to 16 bits follows.</summary>
    private static double Fused(double a, double b, double c)
    {
        var sum = a * b + c;
        if (!double.IsFinite(sum))
            return sum;
        var back = sum - a * b;
        var error = a * b - (sum - back) + (c - back);
        var bits = BitConverter.DoubleToInt64Bits(sum);
        return error == 0 || (bits & 1) != 0 ? sum : BitConverter.Int64BitsToDouble(bits + (error > 0 == sum > 0 ? 1 : -1));
    }

    [Test]
    public void Pairs()
    {
        ulong[] pairs = [.. Halves.Zip(Halves.Reverse(), (low, high) => high << 16 | low)];
        var three = new[] { (32, pairs), (32, pairs), (32, pairs) };
        static ulong Both(ulong[] v, Func<ulong[], ulong> oracle) =>
            oracle([.. v.Select(bits => bits >> 16)]) << 16 | oracle([.. v.Select(bits => bits & 0xFFFF)]);
        InstructionProbe.Check("add.f16x2 $d, $a, $b;", 32, three[..2], v => Both(v, h => Half(H(h[0]) + H(h[1]))));
        InstructionProbe.Check("fma.rn.f16x2 $d, $a, $b, $c;", 32, three, v => Both(v, h => Half(Fused(H(h[0]), H(h[1]), H(h[2])))));
        InstructionProbe.Check("neg.f16x2 $d, $a;", 32, three[..1], v => v[0] ^ 0x8000_8000);
        InstructionProbe.Check("fma.rn.bf16x2 $d, $a, $b, $c;", 32, three, v => Both(v, h => BFloat(Fused(B(h[0]), B(h[1]), B(h[2])))));
        InstructionProbe.Check("setp.gt.f16x2 $d|%p7, $a, $b;", 1, three[..2], v => H(v[0] & 0xFFFF) > H(v[1] & 0xFFFF) ? 1u : 0);
        InstructionProbe.Check("setp.gt.f16x2 %p7|$d, $a, $b;", 1, three[..2], v => H(v[0] >> 16) > H(v[1] >> 16) ? 1u : 0);
    }

    [Test]
    public void Approximations()
    {
        static bool Near(ulong expected, ulong actual) => Math.Abs((int)expected - (int)actual) <= 1;
        InstructionProbe.Check("ex2.approx.f16 $d, $a;", 16, [(16, [0, 0x3C00, 0x3800, 0xC000, 0x7C00, 0xFC00])], v => Half(Math.Pow(2, H(v[0]))), Near);
        InstructionProbe.Check("tanh.approx.f16x2 $d, $a;", 32, [(32, [0x3C00_3800, 0xBC00_0000])], v => Half(Math.Tanh(H(v[0] >> 16))) << 16 | Half(Math.Tanh(H(v[0] & 0xFFFF))));
    }
}
