using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>An element of a load or store: how it goes from memory to a lane and back. <typeparamref name="TLane"/> is uint or ulong.</summary>
internal unsafe interface IElement<TLane>
{
    static abstract int Bytes { get; }

    static abstract TLane Load(byte* source);

    static abstract void Store(byte* destination, TLane value);
}

/// <summary>ld and st of every space. <see cref="DecodedInstruction.Mode"/> is the number of elements, their registers are in
/// <see cref="DecodedInstruction.List"/>.</summary>
internal static unsafe class LoadStore
{
    public static void Load<TElement, TLane>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TElement : IElement<TLane> where TLane : unmanaged
    {
        var addresses = AddressResolution.Gather(runner, r, i);
        while (lanes != 0)
        {
            var part = AddressResolution.Resolve(runner, i, addresses, lanes, AccessKind.Load, out var host);
            Read<TElement, TLane>(r, i, addresses, part, host);
            lanes &= ~part;
        }
    }

    public static void Store<TElement, TLane>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TElement : IElement<TLane> where TLane : unmanaged
    {
        var addresses = AddressResolution.Gather(runner, r, i);
        if (runner.Monitor is not null)
            runner.StoredValues = Values<TElement, TLane>(runner.Scratch, r, i, lanes);
        while (lanes != 0)
        {
            var part = AddressResolution.Resolve(runner, i, addresses, lanes, AccessKind.Store, out var host);
            Write<TElement, TLane>(r, i, addresses, part, host);
            lanes &= ~part;
        }
    }

    /// <summary>What the lanes store, one lane's bytes behind the other's: the register itself where it looks like that.</summary>
    private static byte* Values<TElement, TLane>(byte* scratch, byte* r, DecodedInstruction* i, uint lanes)
        where TElement : IElement<TLane> where TLane : unmanaged
    {
        if (i->Mode == 1 && TElement.Bytes == sizeof(TLane))
            return r + i->List[0];
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            for (var k = 0; k < i->Mode; k++)
                TElement.Store(scratch + lane * i->Bytes + k * TElement.Bytes, ((TLane*)(r + i->List[k]))[lane]);
        }
        return scratch;
    }

    private static void Read<TElement, TLane>(byte* r, DecodedInstruction* i, ulong* addresses, uint lanes, HostRange host)
        where TElement : IElement<TLane> where TLane : unmanaged
    {
        if (i->Mode == 1)
        {
            var d = (TLane*)(r + i->List[0]);
            if (lanes == Lanes.All && host.Stride == 0 && TElement.Bytes == sizeof(TLane) && AddressResolution.IsContiguous(addresses, sizeof(TLane)))
            {
                Copy(host.At(0, addresses[0]), (byte*)d, Lanes.Count * sizeof(TLane));
                return;
            }
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                d[lane] = TElement.Load(host.At(lane, addresses[lane]));
            }
            return;
        }
        if (i->Mode == 4 && TElement.Bytes == 4 && lanes == Lanes.All)
        {
            ReadQuads(r, i->List, addresses, host);
            return;
        }
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var source = host.At(lane, addresses[lane]);
            for (var k = 0; k < i->Mode; k++)
                ((TLane*)(r + i->List[k]))[lane] = TElement.Load(source + k * TElement.Bytes);
        }
    }

    private static void Write<TElement, TLane>(byte* r, DecodedInstruction* i, ulong* addresses, uint lanes, HostRange host)
        where TElement : IElement<TLane> where TLane : unmanaged
    {
        if (i->Mode == 1)
        {
            var a = (TLane*)(r + i->List[0]);
            if (lanes == Lanes.All && host.Stride == 0 && TElement.Bytes == sizeof(TLane) && AddressResolution.IsContiguous(addresses, sizeof(TLane)))
            {
                Copy((byte*)a, host.At(0, addresses[0]), Lanes.Count * sizeof(TLane));
                return;
            }
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                TElement.Store(host.At(lane, addresses[lane]), a[lane]);
            }
            return;
        }
        if (i->Mode == 4 && TElement.Bytes == 4 && lanes == Lanes.All)
        {
            WriteQuads(r, i->List, addresses, host);
            return;
        }
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var destination = host.At(lane, addresses[lane]);
            for (var k = 0; k < i->Mode; k++)
                TElement.Store(destination + k * TElement.Bytes, ((TLane*)(r + i->List[k]))[lane]);
        }
    }

    /// <summary>Four 32-bit elements of every lane: four lanes at a time, transposed in registers.</summary>
    private static void ReadQuads(byte* r, int* list, ulong* addresses, HostRange host)
    {
        for (var lane = 0; lane < Lanes.Count; lane += 4)
        {
            var (a, b, c, d) = Transpose(
                Vector128.Load((uint*)host.At(lane, addresses[lane])), Vector128.Load((uint*)host.At(lane + 1, addresses[lane + 1])),
                Vector128.Load((uint*)host.At(lane + 2, addresses[lane + 2])), Vector128.Load((uint*)host.At(lane + 3, addresses[lane + 3])));
            a.Store((uint*)(r + list[0]) + lane);
            b.Store((uint*)(r + list[1]) + lane);
            c.Store((uint*)(r + list[2]) + lane);
            d.Store((uint*)(r + list[3]) + lane);
        }
    }

    private static void WriteQuads(byte* r, int* list, ulong* addresses, HostRange host)
    {
        for (var lane = 0; lane < Lanes.Count; lane += 4)
        {
            var (a, b, c, d) = Transpose(
                Vector128.Load((uint*)(r + list[0]) + lane), Vector128.Load((uint*)(r + list[1]) + lane),
                Vector128.Load((uint*)(r + list[2]) + lane), Vector128.Load((uint*)(r + list[3]) + lane));
            a.Store((uint*)host.At(lane, addresses[lane]));
            b.Store((uint*)host.At(lane + 1, addresses[lane + 1]));
            c.Store((uint*)host.At(lane + 2, addresses[lane + 2]));
            d.Store((uint*)host.At(lane + 3, addresses[lane + 3]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<uint>, Vector128<uint>, Vector128<uint>, Vector128<uint>) Transpose(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        var ab = Vector256.Create(a, b);
        var cd = Vector256.Create(c, d);
        // a0 b0 a1 b1 | a2 b2 a3 b3 of both pairs, then pairs of 64 bits.
        var order = Vector256.Create(0u, 4, 1, 5, 2, 6, 3, 7);
        var left = Vector256.Shuffle(ab, order).AsUInt64();
        var right = Vector256.Shuffle(cd, order).AsUInt64();
        return (
            Vector128.Create(left[0], right[0]).AsUInt32(), Vector128.Create(left[1], right[1]).AsUInt32(),
            Vector128.Create(left[2], right[2]).AsUInt32(), Vector128.Create(left[3], right[3]).AsUInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* source, byte* destination, int bytes)
    {
        for (var n = 0; n < bytes; n += 64)
            Vector512.Load(source + n).Store(destination + n);
    }
}

internal readonly unsafe struct Element8 : IElement<uint>
{
    public static int Bytes => 1;

    public static uint Load(byte* source) => *source;

    public static void Store(byte* destination, uint value) => *destination = (byte)value;
}

/// <summary>.s8 into a 32-bit register.</summary>
internal readonly unsafe struct ElementS8 : IElement<uint>
{
    public static int Bytes => 1;

    public static uint Load(byte* source) => (uint)*(sbyte*)source;

    public static void Store(byte* destination, uint value) => *destination = (byte)value;
}

/// <summary>.s8 into a 16-bit register.</summary>
internal readonly unsafe struct ElementS8Half : IElement<uint>
{
    public static int Bytes => 1;

    public static uint Load(byte* source) => (ushort)*(sbyte*)source;

    public static void Store(byte* destination, uint value) => *destination = (byte)value;
}

internal readonly unsafe struct Element16 : IElement<uint>
{
    public static int Bytes => 2;

    public static uint Load(byte* source) => *(ushort*)source;

    public static void Store(byte* destination, uint value) => *(ushort*)destination = (ushort)value;
}

/// <summary>.s16 into a 32-bit register.</summary>
internal readonly unsafe struct ElementS16 : IElement<uint>
{
    public static int Bytes => 2;

    public static uint Load(byte* source) => (uint)*(short*)source;

    public static void Store(byte* destination, uint value) => *(ushort*)destination = (ushort)value;
}

internal readonly unsafe struct Element32 : IElement<uint>
{
    public static int Bytes => 4;

    public static uint Load(byte* source) => *(uint*)source;

    public static void Store(byte* destination, uint value) => *(uint*)destination = value;
}

internal readonly unsafe struct Element64 : IElement<ulong>
{
    public static int Bytes => 8;

    public static ulong Load(byte* source) => *(ulong*)source;

    public static void Store(byte* destination, ulong value) => *(ulong*)destination = value;
}

/// <summary>A 32-bit element in a 64-bit register, zero-extended.</summary>
internal readonly unsafe struct Widened<TElement> : IElement<ulong> where TElement : IElement<uint>
{
    public static int Bytes => TElement.Bytes;

    public static ulong Load(byte* source) => TElement.Load(source);

    public static void Store(byte* destination, ulong value) => TElement.Store(destination, (uint)value);
}

/// <summary>A signed element in a 64-bit register.</summary>
internal readonly unsafe struct WidenedSigned<TElement> : IElement<ulong> where TElement : IElement<uint>
{
    public static int Bytes => TElement.Bytes;

    public static ulong Load(byte* source) => (ulong)(int)TElement.Load(source);

    public static void Store(byte* destination, ulong value) => TElement.Store(destination, (uint)value);
}
