using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Ptx.Emulation;

internal readonly struct BitAnd : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a & b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a & b;
}

internal readonly struct BitOr : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a | b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a | b;
}

internal readonly struct BitXor : IBinary32, IBinary64
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => a ^ b;

    public static Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b) => a ^ b;
}

internal readonly struct BitNot : IUnary32, IUnary64
{
    public static Vector512<uint> Apply(Vector512<uint> a) => ~a;

    public static Vector512<ulong> Apply(Vector512<ulong> a) => ~a;
}

/// <summary>cnot: 1 where the source is 0.</summary>
internal readonly struct IsZero : IUnary32, IUnary64
{
    public static Vector512<uint> Apply(Vector512<uint> a) => Vector512.Equals(a, Vector512<uint>.Zero) & Vector512<uint>.One;

    public static Vector512<ulong> Apply(Vector512<ulong> a) => Vector512.Equals(a, Vector512<ulong>.Zero) & Vector512<ulong>.One;
}

/// <summary>shl: amounts of the width and above give 0, as vpsllvd does.</summary>
internal readonly struct ShiftLeft : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftLeftLogicalVariable(a, b);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftLeftLogicalVariable(a.GetLower(), b.GetLower()), Avx2.ShiftLeftLogicalVariable(a.GetUpper(), b.GetUpper()));
        var result = a;
        for (var lane = 0; lane < Vector512<uint>.Count; lane++)
            result = result.WithElement(lane, b[lane] < 32 ? a[lane] << (int)b[lane] : 0);
        return result;
    }
}

/// <summary>shr.u and .b.</summary>
internal readonly struct ShiftRight : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightLogicalVariable(a, b);
        if (Avx2.IsSupported)
            return Vector512.Create(Avx2.ShiftRightLogicalVariable(a.GetLower(), b.GetLower()), Avx2.ShiftRightLogicalVariable(a.GetUpper(), b.GetUpper()));
        var result = a;
        for (var lane = 0; lane < Vector512<uint>.Count; lane++)
            result = result.WithElement(lane, b[lane] < 32 ? a[lane] >> (int)b[lane] : 0);
        return result;
    }
}

/// <summary>shr.s: amounts above the width fill with the sign.</summary>
internal readonly struct ShiftRightSigned : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ShiftRightArithmeticVariable(a.AsInt32(), b).AsUInt32();
        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx2.ShiftRightArithmeticVariable(a.GetLower().AsInt32(), b.GetLower()),
                Avx2.ShiftRightArithmeticVariable(a.GetUpper().AsInt32(), b.GetUpper())).AsUInt32();
        }
        var result = a;
        for (var lane = 0; lane < Vector512<uint>.Count; lane++)
            result = result.WithElement(lane, (uint)((int)a[lane] >> (int)Math.Min(b[lane], 31)));
        return result;
    }
}

internal readonly unsafe struct ShiftLeft64 : ILane2<ulong, ulong, uint>
{
    public static ulong Apply(ulong a, uint b, DecodedInstruction* i) => b < 64 ? a << (int)b : 0;
}

internal readonly unsafe struct ShiftRight64 : ILane2<ulong, ulong, uint>
{
    public static ulong Apply(ulong a, uint b, DecodedInstruction* i) => b < 64 ? a >> (int)b : 0;
}

internal readonly unsafe struct ShiftRightSigned64 : ILane2<ulong, ulong, uint>
{
    public static ulong Apply(ulong a, uint b, DecodedInstruction* i) => (ulong)((long)a >> (int)Math.Min(b, 63));
}

/// <summary>shf: <see cref="DecodedInstruction.Mode"/> is the largest amount, 31 (wrap) or 32 (clamp).</summary>
internal readonly unsafe struct FunnelLeft : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint low, uint high, uint amount, DecodedInstruction* i) =>
        (uint)((((ulong)high << 32 | low) << Funnel.Amount(amount, i)) >> 32);
}

/// <inheritdoc cref="FunnelLeft"/>
internal readonly unsafe struct FunnelRight : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint low, uint high, uint amount, DecodedInstruction* i) =>
        (uint)(((ulong)high << 32 | low) >> Funnel.Amount(amount, i));
}

internal static unsafe class Funnel
{
    public static int Amount(uint amount, DecodedInstruction* i) => i->Mode == 32 ? (int)Math.Min(amount, 32) : (int)(amount & 31);
}

internal readonly unsafe struct PopulationCount : ILane1<uint, uint>, ILane1<uint, ulong>
{
    public static uint Apply(uint a, DecodedInstruction* i) => (uint)BitOperations.PopCount(a);

    public static uint Apply(ulong a, DecodedInstruction* i) => (uint)BitOperations.PopCount(a);
}

internal readonly unsafe struct LeadingZeros : ILane1<uint, uint>, ILane1<uint, ulong>
{
    public static uint Apply(uint a, DecodedInstruction* i) => (uint)BitOperations.LeadingZeroCount(a);

    public static uint Apply(ulong a, DecodedInstruction* i) => (uint)BitOperations.LeadingZeroCount(a);
}

/// <summary>bfind; <see cref="DecodedInstruction.Mode"/> is the type, <see cref="DecodedInstruction.Bytes"/> 1 for .shiftamt.</summary>
internal readonly unsafe struct FindTopBit : ILane1<uint, uint>, ILane1<uint, ulong>
{
    public static uint Apply(uint a, DecodedInstruction* i)
    {
        var bits = (PtxType)i->Mode == PtxType.S32 ? a ^ (uint)((int)a >> 31) : a;
        return bits == 0 ? uint.MaxValue : (uint)(i->Bytes == 1 ? BitOperations.LeadingZeroCount(bits) : BitOperations.Log2(bits));
    }

    public static uint Apply(ulong a, DecodedInstruction* i)
    {
        var bits = (PtxType)i->Mode == PtxType.S64 ? a ^ (ulong)((long)a >> 63) : a;
        return bits == 0 ? uint.MaxValue : (uint)(i->Bytes == 1 ? BitOperations.LeadingZeroCount(bits) : BitOperations.Log2(bits));
    }
}

internal readonly unsafe struct ReverseBits : ILane1<uint, uint>, ILane1<ulong, ulong>
{
    public static uint Apply(uint a, DecodedInstruction* i)
    {
        a = (a & 0x5555_5555) << 1 | a >> 1 & 0x5555_5555;
        a = (a & 0x3333_3333) << 2 | a >> 2 & 0x3333_3333;
        a = (a & 0x0F0F_0F0F) << 4 | a >> 4 & 0x0F0F_0F0F;
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }

    public static ulong Apply(ulong a, DecodedInstruction* i) => (ulong)Apply((uint)a, i) << 32 | Apply((uint)(a >> 32), i);
}

/// <summary>bfe; <see cref="DecodedInstruction.Mode"/> is the type.</summary>
internal readonly unsafe struct ExtractField : ILane3<uint, uint, uint, uint>, ILane3<ulong, ulong, uint, uint>
{
    public static uint Apply(uint a, uint position, uint length, DecodedInstruction* i) =>
        (uint)((PtxType)i->Mode == PtxType.S32 ? Field((ulong)(int)a, position, length, 32, true) : Field(a, position, length, 32, false));

    public static ulong Apply(ulong a, uint position, uint length, DecodedInstruction* i) =>
        Field(a, position, length, 64, (PtxType)i->Mode == PtxType.S64);

    private static ulong Field(ulong a, uint position, uint length, int width, bool isSigned)
    {
        var (first, count) = ((int)(position & 0xFF), (int)(length & 0xFF));
        if (count == 0)
            return 0;
        var field = first < 64 ? a >> first : 0;
        var kept = count < 64 ? field & ((1UL << count) - 1) : field;
        if (!isSigned)
            return kept;
        var isNegative = (a >> Math.Min(first + count - 1, width - 1) & 1) != 0;
        // Bits of the field beyond the top of the register and beyond its own length are copies of its sign.
        var valid = Math.Clamp(width - first, 0, count);
        var mask = valid >= 64 ? ulong.MaxValue : (1UL << valid) - 1;
        return isNegative ? kept | ~mask : kept & mask;
    }
}

/// <summary>bfi.b32 and .b64 with a constant or register field: position in C, length in E.</summary>
internal static unsafe class InsertField
{
    public static void Insert<T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where T : unmanaged, IBinaryInteger<T>
    {
        T* d = (T*)(r + i->D), a = (T*)(r + i->A), b = (T*)(r + i->B);
        uint* position = (uint*)(r + i->C), length = (uint*)(r + i->E);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var (first, count) = ((int)(position[lane] & 0xFF), (int)(length[lane] & 0xFF));
            if (first >= sizeof(T) * 8 || count == 0)
            {
                d[lane] = b[lane];
                continue;
            }
            var mask = (count >= sizeof(T) * 8 ? ~T.Zero : (T.One << count) - T.One) << first;
            d[lane] = b[lane] & ~mask | a[lane] << first & mask;
        }
    }
}

/// <summary>lop3 with its table as a decision tree of blends: bit 4a + 2b + c of the immediate in <see cref="DecodedInstruction.Mode"/>.</summary>
internal static unsafe class Lop3
{
    public static void Apply(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var table = i->Mode;
        for (var n = 0; n < Lanes.Bytes32; n += 64)
        {
            var a = Vector512.Load((uint*)(r + i->A + n));
            var b = Vector512.Load((uint*)(r + i->B + n));
            var c = Vector512.Load((uint*)(r + i->C + n));
            var high = Vector512.ConditionalSelect(b, Pair(table >> 6, c), Pair(table >> 4, c));
            var low = Vector512.ConditionalSelect(b, Pair(table >> 2, c), Pair(table, c));
            Elementwise.Blend((uint*)(r + i->D + n), Vector512.ConditionalSelect(a, high, low), lanes, n / 4);
        }
    }

    private static Vector512<uint> Pair(int table, Vector512<uint> c) =>
        Vector512.ConditionalSelect(c, Vector512.Create(0u - (uint)(table >> 1 & 1)), Vector512.Create(0u - (uint)(table & 1)));
}

/// <summary>prmt; <see cref="DecodedInstruction.Mode"/> is the <see cref="PtxModifier"/> of its mode, or −1.</summary>
internal readonly unsafe struct Permute : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint selector, DecodedInstruction* i)
    {
        var bytes = (ulong)b << 32 | a;
        if (i->Mode >= 0)
            selector = Selector((PtxModifier)i->Mode, selector & 3);
        var result = 0u;
        for (var k = 0; k < 4; k++)
        {
            var nibble = selector >> 4 * k & 15;
            var value = (byte)(bytes >> (int)(8 * (nibble & 7)));
            if (nibble >= 8)
                value = (byte)((sbyte)value >> 7);
            result |= (uint)value << 8 * k;
        }
        return result;
    }

    /// <summary>The default-mode selector that does the same.</summary>
    private static uint Selector(PtxModifier mode, uint s)
    {
        Func<uint, uint> byteAt = mode switch
        {
            PtxModifier.F4e => k => s + k & 7,
            PtxModifier.B4e => k => s - k & 7,
            PtxModifier.Rc8 => _ => s,
            PtxModifier.Ecl => k => Math.Max(s, k),
            PtxModifier.Ecr => k => Math.Min(s, k),
            _ => k => (s & 1) * 2 + (k & 1),
        };
        return byteAt(0) | byteAt(1) << 4 | byteAt(2) << 8 | byteAt(3) << 12;
    }
}

/// <summary>dp4a and dp2a; <see cref="DecodedInstruction.Mode"/>: bit 0 first operand signed, bit 1 second signed, bit 2 the high half (dp2a).</summary>
internal readonly unsafe struct DotProduct4 : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i)
    {
        for (var k = 0; k < 32; k += 8)
            c += Element(a >> k, (i->Mode & 1) != 0) * Element(b >> k, (i->Mode & 2) != 0);
        return c;
    }

    internal static uint Element(uint value, bool isSigned) => isSigned ? (uint)(sbyte)value : (byte)value;
}

/// <inheritdoc cref="DotProduct4"/>
internal readonly unsafe struct DotProduct2 : ILane3<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i)
    {
        for (var k = 0; k < 2; k++)
        {
            var half = a >> 16 * k;
            var element = (i->Mode & 1) != 0 ? (uint)(short)half : (ushort)half;
            c += element * DotProduct4.Element(b >> 8 * k + ((i->Mode & 4) != 0 ? 16 : 0), (i->Mode & 2) != 0);
        }
        return c;
    }
}

/// <summary>shr.s16.</summary>
internal readonly struct ShiftRightSigned16 : IBinary32
{
    public static Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b) => Halves.Low(ShiftRightSigned.Apply(Halves.Extend(a), b));
}
