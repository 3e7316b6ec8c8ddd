using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What an atomic makes of the old value.</summary>
internal interface IAtomic<T>
{
    static abstract T Apply(T old, T b, T c);
}

/// <summary>atom and red. Blocks run in parallel, so that global memory is changed by compare and exchange.</summary>
internal static unsafe class Atomics
{
    public static void Atomic<TOp, T>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) where TOp : IAtomic<T> where T : unmanaged, INumber<T>
    {
        var addresses = AddressResolution.Gather(runner, r, i);
        while (lanes != 0)
        {
            var part = AddressResolution.Resolve(runner, i, addresses, lanes, AccessKind.Atomic, out var host);
            var (start, step) = runner.LaneOrder();
            for (var n = 0; n < Lanes.Count; n++)
            {
                var lane = (start + n * step) % Lanes.Count;
                if ((part >> lane & 1) != 0)
                    Change<TOp, T>(runner, r, i, lane, (T*)host.At(lane, addresses[lane]));
            }
            lanes &= ~part;
        }
    }

    private static void Change<TOp, T>(BlockRunner runner, byte* r, DecodedInstruction* i, int lane, T* place) where TOp : IAtomic<T> where T : unmanaged, INumber<T>
    {
        var (b, c) = (Operand<T>(r + i->B, lane), Operand<T>(r + i->C, lane));
        T old, next;
        do
        {
            old = *place;
            next = TOp.Apply(old, b, c);
        }
        while (Exchange(place, next, old) != old);
        if (next != old)
            runner.Changes++;
        if (sizeof(T) == 8)
            ((T*)(r + i->D))[lane] = old;
        else
            ((uint*)(r + i->D))[lane] = uint.CreateTruncating(old);
    }

    /// <summary>16-bit operands lie in 32-bit lanes.</summary>
    private static T Operand<T>(byte* register, int lane) where T : unmanaged, INumber<T> =>
        sizeof(T) == 8 ? ((T*)register)[lane] : T.CreateTruncating(((uint*)register)[lane]);

    private static T Exchange<T>(T* place, T next, T old) where T : unmanaged =>
        Interlocked.CompareExchange(ref System.Runtime.CompilerServices.Unsafe.AsRef<T>(place), next, old);
}

internal readonly struct AtomicAdd : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => old + b;

    public static ulong Apply(ulong old, ulong b, ulong c) => old + b;
}

internal readonly struct AtomicAnd : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => old & b;

    public static ulong Apply(ulong old, ulong b, ulong c) => old & b;
}

internal readonly struct AtomicOr : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => old | b;

    public static ulong Apply(ulong old, ulong b, ulong c) => old | b;
}

internal readonly struct AtomicXor : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => old ^ b;

    public static ulong Apply(ulong old, ulong b, ulong c) => old ^ b;
}

internal readonly struct AtomicExchange : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => b;

    public static ulong Apply(ulong old, ulong b, ulong c) => b;
}

internal readonly struct AtomicCompareAndSwap : IAtomic<ushort>, IAtomic<uint>, IAtomic<ulong>
{
    public static ushort Apply(ushort old, ushort b, ushort c) => old == b ? c : old;

    public static uint Apply(uint old, uint b, uint c) => old == b ? c : old;

    public static ulong Apply(ulong old, ulong b, ulong c) => old == b ? c : old;
}

internal readonly struct AtomicMinimum : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => Math.Min(old, b);

    public static ulong Apply(ulong old, ulong b, ulong c) => Math.Min(old, b);
}

internal readonly struct AtomicMaximum : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => Math.Max(old, b);

    public static ulong Apply(ulong old, ulong b, ulong c) => Math.Max(old, b);
}

internal readonly struct AtomicMinimumSigned : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => (uint)Math.Min((int)old, (int)b);

    public static ulong Apply(ulong old, ulong b, ulong c) => (ulong)Math.Min((long)old, (long)b);
}

internal readonly struct AtomicMaximumSigned : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => (uint)Math.Max((int)old, (int)b);

    public static ulong Apply(ulong old, ulong b, ulong c) => (ulong)Math.Max((long)old, (long)b);
}

internal readonly struct AtomicIncrement : IAtomic<uint>
{
    public static uint Apply(uint old, uint b, uint c) => old >= b ? 0 : old + 1;
}

internal readonly struct AtomicDecrement : IAtomic<uint>
{
    public static uint Apply(uint old, uint b, uint c) => old == 0 || old > b ? b : old - 1;
}

/// <summary>Floating-point addition in shared memory: subnormals are kept.</summary>
internal readonly struct AtomicAddFloat : IAtomic<uint>, IAtomic<ulong>
{
    public static uint Apply(uint old, uint b, uint c) => Float32.Bits(BitConverter.UInt32BitsToSingle(old) + BitConverter.UInt32BitsToSingle(b));

    public static ulong Apply(ulong old, ulong b, ulong c) =>
        BitConverter.DoubleToUInt64Bits(BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(b));
}

/// <summary>f32 addition in global memory: subnormals are flushed.</summary>
internal readonly struct AtomicAddFloatFlushed : IAtomic<uint>
{
    public static uint Apply(uint old, uint b, uint c) => Float32.Bits(Float32.Flush(
        Float32.Flush(BitConverter.UInt32BitsToSingle(old)) + Float32.Flush(BitConverter.UInt32BitsToSingle(b))));
}

/// <summary>Addition of 16-bit floats.</summary>
internal readonly struct AtomicAddHalf<TIsBFloat16> : IAtomic<ushort>, IAtomic<uint> where TIsBFloat16 : IChoice
{
    public static ushort Apply(ushort old, ushort b, ushort c) => (ushort)HalfFormat.Narrow(
        HalfFormat.Value(old, TIsBFloat16.IsTrue) + HalfFormat.Value(b, TIsBFloat16.IsTrue),
        TIsBFloat16.IsTrue ? FloatFormat.BFloat16 : FloatFormat.Half, RoundingMode.NearestEven);

    /// <summary>Both halves.</summary>
    public static uint Apply(uint old, uint b, uint c) =>
        (uint)Apply((ushort)(old >> 16), (ushort)(b >> 16), (ushort)0) << 16 | Apply((ushort)old, (ushort)b, (ushort)0);
}
