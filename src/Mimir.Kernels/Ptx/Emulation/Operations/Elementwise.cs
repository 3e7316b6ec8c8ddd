using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>One 32-bit operand a lane; 16 lanes at once.</summary>
internal interface IUnary32
{
    static abstract Vector512<uint> Apply(Vector512<uint> a);
}

/// <summary>Two 32-bit operands a lane.</summary>
internal interface IBinary32
{
    static abstract Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b);
}

/// <summary>Three 32-bit operands a lane.</summary>
internal interface ITernary32
{
    static abstract Vector512<uint> Apply(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c);
}

/// <summary>One 64-bit operand a lane; 8 lanes at once.</summary>
internal interface IUnary64
{
    static abstract Vector512<ulong> Apply(Vector512<ulong> a);
}

/// <summary>Two 64-bit operands a lane.</summary>
internal interface IBinary64
{
    static abstract Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b);
}

/// <summary>Three 64-bit operands a lane.</summary>
internal interface ITernary64
{
    static abstract Vector512<ulong> Apply(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c);
}

/// <summary>Two 32-bit factors, extended to 64 bits.</summary>
internal interface IExtension
{
    static abstract Vector512<ulong> Apply(Vector256<uint> a);
}

/// <summary>A function of one lane, where vectors would gain little. <typeparamref name="TD"/> and the like are uint or ulong, as the register's
/// lanes are.</summary>
internal unsafe interface ILane1<TD, TA>
{
    static abstract TD Apply(TA a, DecodedInstruction* instruction);
}

/// <inheritdoc cref="ILane1{TD, TA}"/>
internal unsafe interface ILane2<TD, TA, TB>
{
    static abstract TD Apply(TA a, TB b, DecodedInstruction* instruction);
}

/// <inheritdoc cref="ILane1{TD, TA}"/>
internal unsafe interface ILane3<TD, TA, TB, TC>
{
    static abstract TD Apply(TA a, TB b, TC c, DecodedInstruction* instruction);
}

/// <summary>Handlers of instructions whose lanes know nothing of each other, over the register file: whole vectors where all lanes take part,
/// blends elsewhere. A lane reads all its sources before it writes, so that a destination may be a source.</summary>
internal static unsafe class Elementwise
{
    public static void Unary32<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IUnary32
    {
        byte* d = r + i->D, a = r + i->A;
        if (lanes == Lanes.All)
        {
            for (var n = 0; n < Lanes.Bytes32; n += 64)
                TOp.Apply(Vector512.Load((uint*)(a + n))).Store((uint*)(d + n));
            return;
        }
        for (var n = 0; n < Lanes.Bytes32; n += 64)
            Blend((uint*)(d + n), TOp.Apply(Vector512.Load((uint*)(a + n))), lanes, n / 4);
    }

    public static void Binary32<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IBinary32
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        if (lanes == Lanes.All)
        {
            for (var n = 0; n < Lanes.Bytes32; n += 64)
                TOp.Apply(Vector512.Load((uint*)(a + n)), Vector512.Load((uint*)(b + n))).Store((uint*)(d + n));
            return;
        }
        for (var n = 0; n < Lanes.Bytes32; n += 64)
            Blend((uint*)(d + n), TOp.Apply(Vector512.Load((uint*)(a + n)), Vector512.Load((uint*)(b + n))), lanes, n / 4);
    }

    public static void Ternary32<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : ITernary32
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B, c = r + i->C;
        if (lanes == Lanes.All)
        {
            for (var n = 0; n < Lanes.Bytes32; n += 64)
            {
                TOp.Apply(Vector512.Load((uint*)(a + n)), Vector512.Load((uint*)(b + n)), Vector512.Load((uint*)(c + n)))
                    .Store((uint*)(d + n));
            }
            return;
        }
        for (var n = 0; n < Lanes.Bytes32; n += 64)
        {
            var value = TOp.Apply(Vector512.Load((uint*)(a + n)), Vector512.Load((uint*)(b + n)), Vector512.Load((uint*)(c + n)));
            Blend((uint*)(d + n), value, lanes, n / 4);
        }
    }

    public static void Unary64<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IUnary64
    {
        byte* d = r + i->D, a = r + i->A;
        for (var n = 0; n < Lanes.Bytes64; n += 64)
            Blend((ulong*)(d + n), TOp.Apply(Vector512.Load((ulong*)(a + n))), lanes, n / 8);
    }

    public static void Binary64<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IBinary64
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        if (lanes == Lanes.All)
        {
            for (var n = 0; n < Lanes.Bytes64; n += 64)
                TOp.Apply(Vector512.Load((ulong*)(a + n)), Vector512.Load((ulong*)(b + n))).Store((ulong*)(d + n));
            return;
        }
        for (var n = 0; n < Lanes.Bytes64; n += 64)
            Blend((ulong*)(d + n), TOp.Apply(Vector512.Load((ulong*)(a + n)), Vector512.Load((ulong*)(b + n))), lanes, n / 8);
    }

    public static void Ternary64<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : ITernary64
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B, c = r + i->C;
        for (var n = 0; n < Lanes.Bytes64; n += 64)
        {
            var value = TOp.Apply(Vector512.Load((ulong*)(a + n)), Vector512.Load((ulong*)(b + n)), Vector512.Load((ulong*)(c + n)));
            Blend((ulong*)(d + n), value, lanes, n / 8);
        }
    }

    /// <summary>A 32-bit source, a 64-bit destination.</summary>
    public static void Extend<TOp>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IExtension
    {
        byte* d = r + i->D, a = r + i->A;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
            Blend((ulong*)d + lane, TOp.Apply(Vector256.Load((uint*)a + lane)), lanes, lane);
    }

    /// <summary>Product of two 32-bit sources with a 64-bit result.</summary>
    public static void Widening<TExtension>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TExtension : IExtension
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            var product = TExtension.Apply(Vector256.Load((uint*)a + lane)) * TExtension.Apply(Vector256.Load((uint*)b + lane));
            Blend((ulong*)d + lane, product, lanes, lane);
        }
    }

    /// <summary><see cref="Widening"/> plus a 64-bit addend.</summary>
    public static void WideningAdd<TExtension>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TExtension : IExtension
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B, c = r + i->C;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            var product = TExtension.Apply(Vector256.Load((uint*)a + lane)) * TExtension.Apply(Vector256.Load((uint*)b + lane));
            Blend((ulong*)d + lane, product + Vector512.Load((ulong*)c + lane), lanes, lane);
        }
    }

    /// <summary>The low halves of a 64-bit source.</summary>
    public static void Truncate(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        byte* d = r + i->D, a = r + i->A;
        for (var lane = 0; lane < Lanes.Count; lane += 16)
        {
            var value = Vector512.Narrow(
                Vector512.Load((ulong*)a + lane) & Vector512.Create((ulong)uint.MaxValue),
                Vector512.Load((ulong*)a + lane + 8) & Vector512.Create((ulong)uint.MaxValue));
            Blend((uint*)d + lane, value, lanes, lane);
        }
    }

    public static void Lane1<TOp, TD, TA>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TOp : ILane1<TD, TA> where TD : unmanaged where TA : unmanaged
    {
        byte* d = r + i->D, a = r + i->A;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            ((TD*)d)[lane] = TOp.Apply(((TA*)a)[lane], i);
        }
    }

    public static void Lane2<TOp, TD, TA, TB>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TOp : ILane2<TD, TA, TB> where TD : unmanaged where TA : unmanaged where TB : unmanaged
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            ((TD*)d)[lane] = TOp.Apply(((TA*)a)[lane], ((TB*)b)[lane], i);
        }
    }

    public static void Lane3<TOp, TD, TA, TB, TC>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TOp : ILane3<TD, TA, TB, TC> where TD : unmanaged where TA : unmanaged where TB : unmanaged where TC : unmanaged
    {
        byte* d = r + i->D, a = r + i->A, b = r + i->B, c = r + i->C;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            ((TD*)d)[lane] = TOp.Apply(((TA*)a)[lane], ((TB*)b)[lane], ((TC*)c)[lane], i);
        }
    }

    /// <summary>Writes the lanes of a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blend(uint* destination, Vector512<uint> value, uint lanes, int firstLane) =>
        Vector512.ConditionalSelect(Lanes.Select32(lanes, firstLane), value, Vector512.Load(destination)).Store(destination);

    /// <inheritdoc cref="Blend(uint*, Vector512{uint}, uint, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blend(ulong* destination, Vector512<ulong> value, uint lanes, int firstLane) =>
        Vector512.ConditionalSelect(Lanes.Select64(lanes, firstLane), value, Vector512.Load(destination)).Store(destination);
}
