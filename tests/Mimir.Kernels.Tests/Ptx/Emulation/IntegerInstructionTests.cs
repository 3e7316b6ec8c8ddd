using System.Numerics;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Integer, logic and bit instructions against plain oracles in 128-bit arithmetic.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class IntegerInstructionTests
{
    private static readonly ulong[] Shifts = [0, 1, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 0x8000_0000, 0xFFFF_FFFF];

    private static readonly ulong[] Fields = [0, 1, 4, 8, 16, 31, 32, 33, 63, 64, 100, 255, 256];

    [Test]
    public void TwoOperands([Values("16", "32", "64")] string width, [Values("u", "s")] string sign)
    {
        var bits = int.Parse(width);
        var type = sign + width;
        var isSigned = sign == "s";
        Int128 Value(ulong raw) => IntegerInstructionTests.Value(raw, bits, isSigned);
        void Check(string name, Func<Int128, Int128, Int128> oracle) =>
            InstructionProbe.Check($"{name}.{type} $d, $a, $b;", bits, [(bits, Edges(bits)), (bits, Edges(bits))], v => Raw(oracle(Value(v[0]), Value(v[1])), bits));
        Check("add", (a, b) => a + b);
        Check("sub", (a, b) => a - b);
        Check("mul.lo", (a, b) => a * b);
        Check("mul.hi", (a, b) => isSigned ? a * b >> bits : (Int128)((UInt128)a * (UInt128)b >> bits));
        Check("min", Int128.Min);
        Check("max", Int128.Max);
        InstructionProbe.Check(
            $"div.{type} $d, $a, $b;", bits, [(bits, Edges(bits)), (bits, [.. Edges(bits).Where(b => b != 0)])], v => Raw(Value(v[0]) / Value(v[1]), bits));
        InstructionProbe.Check(
            $"rem.{type} $d, $a, $b;", bits, [(bits, Edges(bits)), (bits, [.. Edges(bits).Where(b => b != 0)])], v => Raw(Value(v[0]) % Value(v[1]), bits));
        InstructionProbe.Check(
            $"mad.lo.{type} $d, $a, $b, $c;", bits, [(bits, Edges(bits)), (bits, Edges(bits)), (bits, [0, 1, 0xFFFF_FFFF_FFFF_FFFF])],
            v => Raw(Value(v[0]) * Value(v[1]) + Value(v[2]), bits));
        InstructionProbe.Check(
            $"mad.hi.{type} $d, $a, $b, $c;", bits, [(bits, Edges(bits)), (bits, Edges(bits)), (bits, [0, 1, 0xFFFF_FFFF_FFFF_FFFF])],
            v => Raw((isSigned ? Value(v[0]) * Value(v[1]) >> bits : (Int128)((UInt128)Value(v[0]) * (UInt128)Value(v[1]) >> bits)) + Value(v[2]), bits));
        InstructionProbe.Check(
            $"sad.{type} $d, $a, $b, $c;", bits, [(bits, Edges(bits)), (bits, Edges(bits)), (bits, [0, 5, 0xFFFF_FFFF_FFFF_FFFF])],
            v => Raw(Int128.Abs(Value(v[0]) - Value(v[1])) + Value(v[2]), bits));
    }

    [Test]
    public void Wide([Values(16, 32)] int bits, [Values("u", "s")] string sign)
    {
        Int128 Value(ulong raw) => IntegerInstructionTests.Value(raw, bits, sign == "s");
        InstructionProbe.Check(
            $"mul.wide.{sign}{bits} $d, $a, $b;", 2 * bits, [(bits, Edges(bits)), (bits, Edges(bits))], v => Raw(Value(v[0]) * Value(v[1]), 2 * bits));
        InstructionProbe.Check(
            $"mad.wide.{sign}{bits} $d, $a, $b, $c;", 2 * bits, [(bits, Edges(bits)), (bits, Edges(bits)), (2 * bits, [0, 1, 0xFFFF_FFFF_FFFF_FFFF])],
            v => Raw(Value(v[0]) * Value(v[1]) + (Int128)v[2], 2 * bits));
    }

    [Test]
    public void Saturating()
    {
        static Int128 Value(ulong raw) => IntegerInstructionTests.Value(raw, 32, true);
        static ulong Clamp(Int128 value) => Raw(Int128.Clamp(value, int.MinValue, int.MaxValue), 32);
        var two = new[] { (32, EdgeValues.Bits32), (32, EdgeValues.Bits32) };
        InstructionProbe.Check("add.sat.s32 $d, $a, $b;", 32, two, v => Clamp(Value(v[0]) + Value(v[1])));
        InstructionProbe.Check("sub.sat.s32 $d, $a, $b;", 32, two, v => Clamp(Value(v[0]) - Value(v[1])));
        InstructionProbe.Check(
            "mad.hi.sat.s32 $d, $a, $b, $c;", 32, [.. two, (32, [0, 0x7FFF_FFFF, 0x8000_0000])], v => Clamp((Value(v[0]) * Value(v[1]) >> 32) + Value(v[2])));
    }

    [Test]
    public void TwentyFourBits([Values("u", "s")] string sign)
    {
        Int128 Value(ulong raw) => IntegerInstructionTests.Value(raw & 0xFF_FFFF, 24, sign == "s");
        var two = new[] { (32, EdgeValues.Bits32), (32, EdgeValues.Bits32) };
        InstructionProbe.Check($"mul24.lo.{sign}32 $d, $a, $b;", 32, two, v => Raw(Value(v[0]) * Value(v[1]), 32));
        InstructionProbe.Check($"mul24.hi.{sign}32 $d, $a, $b;", 32, two, v => Raw(Value(v[0]) * Value(v[1]) >> 16, 32));
        InstructionProbe.Check($"mad24.lo.{sign}32 $d, $a, $b, $c;", 32, [.. two, (32, [7])], v => Raw(Value(v[0]) * Value(v[1]) + 7, 32));
    }

    [Test]
    public void OneOperand([Values(16, 32, 64)] int bits)
    {
        Int128 Value(ulong raw) => IntegerInstructionTests.Value(raw, bits, true);
        var one = new[] { (bits, Edges(bits)) };
        InstructionProbe.Check($"abs.s{bits} $d, $a;", bits, one, v => Raw(Int128.Abs(Value(v[0])), bits));
        InstructionProbe.Check($"neg.s{bits} $d, $a;", bits, one, v => Raw(-Value(v[0]), bits));
        InstructionProbe.Check($"not.b{bits} $d, $a;", bits, one, v => Raw(~(Int128)v[0], bits));
        InstructionProbe.Check($"cnot.b{bits} $d, $a;", bits, one, v => v[0] == 0 ? 1u : 0);
    }

    [Test]
    public void Logic([Values(16, 32, 64)] int bits)
    {
        var two = new[] { (bits, Edges(bits)), (bits, Edges(bits)) };
        InstructionProbe.Check($"and.b{bits} $d, $a, $b;", bits, two, v => v[0] & v[1]);
        InstructionProbe.Check($"or.b{bits} $d, $a, $b;", bits, two, v => v[0] | v[1]);
        InstructionProbe.Check($"xor.b{bits} $d, $a, $b;", bits, two, v => v[0] ^ v[1]);
    }

    [Test]
    public void Shifting([Values(16, 32, 64)] int bits)
    {
        var two = new[] { (bits, Edges(bits)), (32, Shifts) };
        InstructionProbe.Check($"shl.b{bits} $d, $a, $b;", bits, two, v => v[1] >= (ulong)bits ? 0 : Raw((Int128)v[0] << (int)v[1], bits));
        InstructionProbe.Check($"shr.u{bits} $d, $a, $b;", bits, two, v => v[1] >= (ulong)bits ? 0 : v[0] >> (int)v[1]);
        InstructionProbe.Check($"shr.b{bits} $d, $a, $b;", bits, two, v => v[1] >= (ulong)bits ? 0 : v[0] >> (int)v[1]);
        InstructionProbe.Check($"shr.s{bits} $d, $a, $b;", bits, two, v => Raw(Value(v[0], bits, true) >> (int)Math.Min(v[1], 127), bits));
    }

    [Test]
    public void FunnelShifts([Values("wrap", "clamp")] string mode)
    {
        int Amount(ulong c) => mode == "wrap" ? (int)(c & 31) : (int)Math.Min(c, 32);
        var three = new[] { (32, EdgeValues.Bits32), (32, EdgeValues.Bits32), (32, Shifts) };
        InstructionProbe.Check($"shf.l.{mode}.b32 $d, $a, $b, $c;", 32, three, v => (uint)((UInt128)(v[1] << 32 | v[0]) << Amount(v[2]) >> 32));
        InstructionProbe.Check($"shf.r.{mode}.b32 $d, $a, $b, $c;", 32, three, v => (uint)((v[1] << 32 | v[0]) >> Amount(v[2])));
    }

    [Test]
    public void Counting([Values(32, 64)] int bits)
    {
        var one = new[] { (bits, Edges(bits)) };
        InstructionProbe.Check($"popc.b{bits} $d, $a;", 32, one, v => (ulong)BitOperations.PopCount(v[0]));
        InstructionProbe.Check($"clz.b{bits} $d, $a;", 32, one, v => (ulong)(BitOperations.LeadingZeroCount(v[0]) - 64 + bits));
        InstructionProbe.Check($"brev.b{bits} $d, $a;", bits, one, v => Enumerable.Range(0, bits).Aggregate(0UL, (sum, k) => sum | (v[0] >> k & 1) << bits - 1 - k));
        ulong Top(ulong a, bool isSigned)
        {
            var value = isSigned && (a >> bits - 1 & 1) != 0 ? Raw(~(Int128)a, bits) : a;
            return value == 0 ? uint.MaxValue : (ulong)BitOperations.Log2(value);
        }
        InstructionProbe.Check($"bfind.u{bits} $d, $a;", 32, one, v => Top(v[0], false));
        InstructionProbe.Check($"bfind.s{bits} $d, $a;", 32, one, v => Top(v[0], true));
        InstructionProbe.Check($"bfind.shiftamt.u{bits} $d, $a;", 32, one, v => Top(v[0], false) is var top && top == uint.MaxValue ? top : (ulong)bits - 1 - top);
    }

    [Test]
    public void BitFields([Values(32, 64)] int bits)
    {
        var three = new[] { (bits, Edges(bits)), (32, Fields), (32, Fields) };
        InstructionProbe.Check($"bfe.u{bits} $d, $a, $b, $c;", bits, three, v => Extract(v[0], (int)v[1] & 255, (int)v[2] & 255, bits, false));
        InstructionProbe.Check($"bfe.s{bits} $d, $a, $b, $c;", bits, three, v => Extract(v[0], (int)v[1] & 255, (int)v[2] & 255, bits, true));
        InstructionProbe.Check(
            $"bfi.b{bits} $d, $a, $b, $c, $e;", bits, [(bits, [0, 0xFFFF_FFFF_FFFF_FFFF, 0x1234_5678_9ABC_DEF1]), (bits, [0, 0xFFFF_FFFF_FFFF_FFFF, 0x0F1E_2D3C_4B5A_6978]), (32, Fields), (32, Fields)],
            v => Insert(v[0], v[1], (int)v[2] & 255, (int)v[3] & 255, bits));
    }

    /// <summary>As the manual's pseudo code does it, bit by bit.</summary>
    private static ulong Extract(ulong a, int position, int length, int bits, bool isSigned)
    {
        var sign = isSigned && length > 0 ? a >> Math.Min(position + length - 1, bits - 1) & 1 : 0;
        var result = 0UL;
        for (var k = 0; k < bits; k++)
            result |= (k < length && position + k < bits ? a >> position + k & 1 : sign) << k;
        return result;
    }

    private static ulong Insert(ulong a, ulong b, int position, int length, int bits)
    {
        for (var k = 0; k < length && position + k < bits; k++)
            b = b & ~(1UL << position + k) | (k < 64 ? a >> k & 1 : 0) << position + k;
        return b;
    }

    [Test]
    public void Lop3()
    {
        var three = new[] { (32, new ulong[] { 0xF0F0_F0F0 }), (32, [0xCCCC_CCCC]), (32, [0xAAAA_AAAA]) };
        for (var table = 0; table < 256; table += 3)
            InstructionProbe.Check($"lop3.b32 $d, $a, $b, $c, {table};", 32, three, v => (ulong)table * 0x0101_0101);
    }

    [Test]
    public void Permutations()
    {
        const ulong A = 0x8391_02F3, B = 0xF435_8607;
        byte Byte(ulong k) => (byte)((B << 32 | A) >> (int)(8 * (k & 7)));
        ulong Pick(Func<ulong, ulong> source) => Byte(source(0)) | (ulong)Byte(source(1)) << 8 | (ulong)Byte(source(2)) << 16 | (ulong)Byte(source(3)) << 24;
        var sources = new[] { (32, new[] { A }), (32, [B]), (32, [0, 1, 2, 3, 0x3210, 0x7654, 0x8888, 0xFEDC, 0x0F1E, 0x9_5137]) };
        InstructionProbe.Check("prmt.b32 $d, $a, $b, $c;", 32, sources, v => Enumerable.Range(0, 4).Aggregate(0UL, (sum, k) =>
        {
            var nibble = v[2] >> 4 * k & 15;
            return sum | (nibble < 8 ? Byte(nibble) : Byte(nibble) >= 0x80 ? 0xFFul : 0) << 8 * k;
        }));
        InstructionProbe.Check("prmt.b32.f4e $d, $a, $b, $c;", 32, sources, v => Pick(k => (v[2] & 3) + k));
        InstructionProbe.Check("prmt.b32.b4e $d, $a, $b, $c;", 32, sources, v => Pick(k => (v[2] & 3) - k + 8));
        InstructionProbe.Check("prmt.b32.rc8 $d, $a, $b, $c;", 32, sources, v => Pick(k => v[2] & 3));
        InstructionProbe.Check("prmt.b32.ecl $d, $a, $b, $c;", 32, sources, v => Pick(k => Math.Max(v[2] & 3, k)));
        InstructionProbe.Check("prmt.b32.ecr $d, $a, $b, $c;", 32, sources, v => Pick(k => Math.Min(v[2] & 3, k)));
        InstructionProbe.Check("prmt.b32.rc16 $d, $a, $b, $c;", 32, sources, v => Pick(k => 2 * (v[2] & 1) + (k & 1)));
    }

    [Test]
    public void CarryChains([Values(32, 64)] int bits)
    {
        var three = new[] { (bits, Edges(bits)), (bits, Edges(bits)), (bits, new ulong[] { 0, 1, 0xFFFF_FFFF_FFFF_FFFF }) };
        // The upper word of a sum and of a difference of two-word numbers whose upper words are c and 0.
        InstructionProbe.Check($"add.cc.u{bits} $d, $a, $b; addc.u{bits} $d, $c, 0;", bits, three, v => Raw((Int128)v[2] + (((Int128)v[0] + (Int128)v[1]) >> bits), bits));
        InstructionProbe.Check($"sub.cc.u{bits} $d, $a, $b; subc.u{bits} $d, $c, 0;", bits, three, v => Raw((Int128)v[2] - (v[0] < v[1] ? 1 : 0), bits));
        InstructionProbe.Check(
            $"mad.lo.cc.u{bits} $d, $a, $b, $c; madc.hi.u{bits} $d, $a, $b, 0;", bits, three, v => (ulong)(((UInt128)v[0] * v[1] + v[2]) >> bits));
    }

    [Test]
    public void DotProducts()
    {
        var three = new[] { (32, EdgeValues.Bits32), (32, EdgeValues.Bits32), (32, new ulong[] { 0, 0xFFFF_FFF0 }) };
        static int Byte(ulong value, int k, bool isSigned) => isSigned ? (sbyte)(value >> 8 * k) : (byte)(value >> 8 * k);
        static int Half(ulong value, int k, bool isSigned) => isSigned ? (short)(value >> 16 * k) : (ushort)(value >> 16 * k);
        foreach (var (a, b) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
        {
            var types = $"{(a ? "s" : "u")}32.{(b ? "s" : "u")}32";
            InstructionProbe.Check($"dp4a.{types} $d, $a, $b, $c;", 32, three, v => (uint)((long)v[2] + Enumerable.Range(0, 4).Sum(k => (long)Byte(v[0], k, a) * Byte(v[1], k, b))));
            InstructionProbe.Check($"dp2a.lo.{types} $d, $a, $b, $c;", 32, three, v => (uint)((long)v[2] + Enumerable.Range(0, 2).Sum(k => (long)Half(v[0], k, a) * Byte(v[1], k, b))));
            InstructionProbe.Check($"dp2a.hi.{types} $d, $a, $b, $c;", 32, three, v => (uint)((long)v[2] + Enumerable.Range(0, 2).Sum(k => (long)Half(v[0], k, a) * Byte(v[1], k + 2, b))));
        }
    }

    [Test]
    public void Comparisons([Values(16, 32, 64)] int bits)
    {
        var two = new[] { (bits, Edges(bits)), (bits, Edges(bits)) };
        void Check(string name, string sign, Func<Int128, Int128, bool> oracle) => InstructionProbe.Check(
            $"setp.{name}.{sign}{bits} $d, $a, $b;", 1, two, v => oracle(Value(v[0], bits, sign == "s"), Value(v[1], bits, sign == "s")) ? 1u : 0);
        foreach (var sign in (string[])["s", "u"])
        {
            Check("eq", sign, (a, b) => a == b);
            Check("ne", sign, (a, b) => a != b);
            Check("lt", sign, (a, b) => a < b);
            Check("le", sign, (a, b) => a <= b);
            Check("gt", sign, (a, b) => a > b);
            Check("ge", sign, (a, b) => a >= b);
        }
        Check("lo", "u", (a, b) => a < b);
        Check("ls", "u", (a, b) => a <= b);
        Check("hi", "u", (a, b) => a > b);
        Check("hs", "u", (a, b) => a >= b);
    }

    [Test]
    public void CombinedComparisons()
    {
        var three = new[] { (32, EdgeValues.Bits32), (32, EdgeValues.Bits32), (1, new ulong[] { 0, 1 }) };
        InstructionProbe.Check("setp.lt.and.u32 $d, $a, $b, $c;", 1, three, v => v[0] < v[1] && v[2] != 0 ? 1u : 0);
        InstructionProbe.Check("setp.lt.or.u32 $d, $a, $b, !$c;", 1, three, v => v[0] < v[1] || v[2] == 0 ? 1u : 0);
        InstructionProbe.Check("setp.lt.xor.u32 $d, $a, $b, $c;", 1, three, v => v[0] < v[1] != (v[2] != 0) ? 1u : 0);
        InstructionProbe.Check("setp.lt.and.u32 %p7|$d, $a, $b, $c;", 1, three, v => !(v[0] < v[1]) && v[2] != 0 ? 1u : 0);
        InstructionProbe.Check("set.lt.u32.u32 $d, $a, $b;", 32, three[..2], v => v[0] < v[1] ? uint.MaxValue : 0);
        InstructionProbe.Check("set.ge.f32.s32 $d, $a, $b;", 32, three[..2], v => (int)v[0] >= (int)v[1] ? 0x3F80_0000u : 0);
    }

    [Test]
    public void Selections()
    {
        InstructionProbe.Check("selp.b32 $d, $a, $b, $c;", 32, [(32, EdgeValues.Bits32), (32, EdgeValues.Bits32), (1, [0, 1])], v => v[2] != 0 ? v[0] : v[1]);
        InstructionProbe.Check("selp.b64 $d, $a, $b, $c;", 64, [(64, EdgeValues.Bits64), (64, EdgeValues.Bits64), (1, [0, 1])], v => v[2] != 0 ? v[0] : v[1]);
        InstructionProbe.Check("slct.u32.s32 $d, $a, $b, $c;", 32, [(32, [1]), (32, [2]), (32, EdgeValues.Bits32)], v => (int)v[2] >= 0 ? 1u : 2);
        InstructionProbe.Check("slct.u64.f32 $d, $a, $b, $c;", 64, [(64, [1]), (64, [2]), (32, EdgeValues.Singles)], v => EdgeValues.ToSingle(v[2]) >= 0 ? 1u : 2);
    }

    [Test]
    public void Predicates()
    {
        var two = new[] { (1, new ulong[] { 0, 1 }), (1, new ulong[] { 0, 1 }) };
        InstructionProbe.Check("and.pred $d, $a, $b;", 1, two, v => v[0] & v[1]);
        InstructionProbe.Check("or.pred $d, $a, $b;", 1, two, v => v[0] | v[1]);
        InstructionProbe.Check("xor.pred $d, $a, $b;", 1, two, v => v[0] ^ v[1]);
        InstructionProbe.Check("not.pred $d, $a;", 1, two[..1], v => v[0] ^ 1);
        InstructionProbe.Check("mov.pred $d, $a;", 1, two[..1], v => v[0]);
    }

    [Test]
    public void Packing()
    {
        InstructionProbe.Check("mov.b64 {%r7, $d}, $a;", 32, [(64, EdgeValues.Bits64)], v => v[0] >> 32);
        InstructionProbe.Check("mov.b64 {$d, %r7}, $a;", 32, [(64, EdgeValues.Bits64)], v => (uint)v[0]);
        InstructionProbe.Check("mov.b64 $d, {$a, $b};", 64, [(32, EdgeValues.Bits32), (32, EdgeValues.Bits32)], v => v[1] << 32 | v[0]);
        InstructionProbe.Check("mov.b32 {$d, %h7}, $a;", 16, [(32, EdgeValues.Bits32)], v => (ushort)v[0]);
        InstructionProbe.Check("mov.b32 {%h7, $d}, $a;", 16, [(32, EdgeValues.Bits32)], v => (ushort)(v[0] >> 16));
        InstructionProbe.Check("mov.b32 $d, {$a, $b};", 32, [(16, EdgeValues.Bits16), (16, EdgeValues.Bits16)], v => v[1] << 16 | v[0]);
        InstructionProbe.Check("mov.b64 $d, {$a, $b, $c, $a};", 64, [(16, EdgeValues.Bits16), (16, EdgeValues.Bits16), (16, EdgeValues.Bits16)], v => v[0] << 48 | v[2] << 32 | v[1] << 16 | v[0]);
    }

    private static ulong[] Edges(int bits) => bits switch { 16 => EdgeValues.Bits16, 32 => EdgeValues.Bits32, _ => EdgeValues.Bits64 };

    private static Int128 Value(ulong raw, int bits, bool isSigned) =>
        isSigned && (raw >> bits - 1 & 1) != 0 ? (Int128)raw - (Int128.One << bits) : raw;

    private static ulong Raw(Int128 value, int bits) => (ulong)((UInt128)value & ((UInt128.One << bits) - 1));
}
