using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>mov, selp, slct and predicate logic.</summary>
internal static unsafe class Moves
{
    public static void Copy32(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        byte* d = r + i->D, a = r + i->A;
        for (var lane = 0; lane < Lanes.Count; lane += 16)
            Elementwise.Blend((uint*)d + lane, Vector512.Load((uint*)a + lane), lanes, lane);
    }

    public static void Copy64(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        byte* d = r + i->D, a = r + i->A;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
            Elementwise.Blend((ulong*)d + lane, Vector512.Load((ulong*)a + lane), lanes, lane);
    }

    public static void Select32(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        var choice = *(uint*)(r + i->C) ^ (uint)i->E;
        for (var lane = 0; lane < Lanes.Count; lane += 16)
        {
            var value = Vector512.ConditionalSelect(Lanes.Select32(choice, lane), Vector512.Load((uint*)a + lane), Vector512.Load((uint*)b + lane));
            Elementwise.Blend((uint*)d + lane, value, lanes, lane);
        }
    }

    public static void Select64(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        var choice = *(uint*)(r + i->C) ^ (uint)i->E;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            var value = Vector512.ConditionalSelect(Lanes.Select64(choice, lane), Vector512.Load((ulong*)a + lane), Vector512.Load((ulong*)b + lane));
            Elementwise.Blend((ulong*)d + lane, value, lanes, lane);
        }
    }

    /// <summary>mov, and, or, xor, not on predicates: <typeparamref name="TOp"/> of A and B, both possibly negated by C and E.</summary>
    public static void Predicate<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IPredicateOperation =>
        Comparison.Write((uint*)(r + i->D), TOp.Apply(*(uint*)(r + i->A) ^ (uint)i->C, *(uint*)(r + i->B) ^ (uint)i->E), lanes);

    /// <summary>mov {a, b, …}, x: the pieces of a register, lowest first, each <see cref="DecodedInstruction.Bytes"/> wide.
    /// <see cref="DecodedInstruction.Mode"/> is how many.</summary>
    public static void Unpack(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var source = (ulong*)runner.Scratch;
        Widened(r + i->A, i->Bytes * i->Mode == 8, source);
        for (var k = 0; k < i->Mode; k++)
        {
            var shift = 8 * i->Bytes * k;
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var piece = source[lane] >> shift;
                ((uint*)(r + i->List[k]))[lane] = i->Bytes switch { 1 => (byte)piece, 2 => (ushort)piece, _ => (uint)piece };
            }
        }
    }

    /// <summary>mov x, {a, b, …}.</summary>
    public static void Pack(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var value = 0ul;
            for (var k = 0; k < i->Mode; k++)
                value |= (ulong)((uint*)(r + i->List[k]))[lane] << 8 * i->Bytes * k;
            if (i->Bytes * i->Mode == 8)
                ((ulong*)(r + i->D))[lane] = value;
            else
                ((uint*)(r + i->D))[lane] = (uint)value;
        }
    }

    /// <summary>A clock: the number of instructions executed so far stands for cycles, the real time for nanoseconds.</summary>
    public static void ReadClock(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var value = (SpecialRegister)i->Mode switch
        {
            SpecialRegister.Clock64 or SpecialRegister.Clock => runner.Clock,
            SpecialRegister.ClockHi => runner.Clock >> 32,
            SpecialRegister.GlobalTimerHi => (ulong)DateTime.UtcNow.Ticks * 100 >> 32,
            _ => (ulong)DateTime.UtcNow.Ticks * 100,
        };
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (i->Bytes == 8)
                ((ulong*)(r + i->D))[lane] = value;
            else
                ((uint*)(r + i->D))[lane] = (uint)value;
        }
    }

    public static void Nothing(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
    }

    private static void Widened(byte* register, bool isWide, ulong* values)
    {
        for (var lane = 0; lane < Lanes.Count; lane++)
            values[lane] = isWide ? ((ulong*)register)[lane] : ((uint*)register)[lane];
    }
}

/// <summary>Logic of predicates.</summary>
internal interface IPredicateOperation
{
    static abstract uint Apply(uint a, uint b);
}

internal readonly struct PredicateFirst : IPredicateOperation
{
    public static uint Apply(uint a, uint b) => a;
}

internal readonly struct PredicateNot : IPredicateOperation
{
    public static uint Apply(uint a, uint b) => ~a;
}

internal readonly struct PredicateAnd : IPredicateOperation
{
    public static uint Apply(uint a, uint b) => a & b;
}

internal readonly struct PredicateOr : IPredicateOperation
{
    public static uint Apply(uint a, uint b) => a | b;
}

internal readonly struct PredicateXor : IPredicateOperation
{
    public static uint Apply(uint a, uint b) => a ^ b;
}

/// <summary>slct: a where c is not negative.</summary>
internal readonly unsafe struct SelectByInteger : ILane3<uint, uint, uint, uint>, ILane3<ulong, ulong, ulong, uint>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) => (int)c >= 0 ? a : b;

    public static ulong Apply(ulong a, ulong b, uint c, DecodedInstruction* i) => (int)c >= 0 ? a : b;
}

/// <summary>slct with an f32 selector: NaN picks b, −0 picks a. <see cref="DecodedInstruction.Mode"/> 1 flushes it.</summary>
internal readonly unsafe struct SelectByFloat : ILane3<uint, uint, uint, uint>, ILane3<ulong, ulong, ulong, uint>
{
    public static uint Apply(uint a, uint b, uint c, DecodedInstruction* i) => PicksFirst(c, i) ? a : b;

    public static ulong Apply(ulong a, ulong b, uint c, DecodedInstruction* i) => PicksFirst(c, i) ? a : b;

    private static bool PicksFirst(uint c, DecodedInstruction* i)
    {
        var selector = BitConverter.UInt32BitsToSingle(c);
        return (i->Mode == 1 ? Float32.Flush(selector) : selector) >= 0;
    }
}
