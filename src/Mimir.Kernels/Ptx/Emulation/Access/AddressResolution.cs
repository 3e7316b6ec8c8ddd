using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Where lanes find their bytes on the host: byte a of lane l lies at Base + l · Stride + a.</summary>
internal readonly unsafe struct HostRange(byte* start, long stride)
{
    public byte* Base => start;

    public long Stride => stride;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(int lane, ulong address) => start + lane * stride + address;
}

/// <summary>From the addresses of a warp's access to host memory: alignment, bounds and windows are checked here, whatever checks are on, so that no
/// kernel can touch memory that is not its own.</summary>
internal static unsafe class AddressResolution
{
    /// <summary>Base + offset of all lanes, into <see cref="BlockRunner.Addresses"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Gather(BlockRunner runner, byte* r, DecodedInstruction* i)
    {
        var addresses = runner.Addresses;
        if (i->HasNarrowBase)
        {
            var offset = Vector512.Create((uint)i->Offset);
            for (var lane = 0; lane < Lanes.Count; lane += 16)
            {
                var (low, high) = Vector512.Widen(Vector512.Load((uint*)(r + i->A) + lane) + offset);
                low.Store(addresses + lane);
                high.Store(addresses + lane + 8);
            }
        }
        else
        {
            var offset = Vector512.Create((ulong)i->Offset);
            for (var lane = 0; lane < Lanes.Count; lane += 8)
                (Vector512.Load((ulong*)(r + i->A) + lane) + offset).Store(addresses + lane);
        }
        return addresses;
    }

    /// <summary>Resolves as many lanes as lie in one piece of memory, at least one.</summary>
    /// <param name="runner">Who runs.</param>
    /// <param name="i">The instruction; its space and size count.</param>
    /// <param name="addresses">One a lane. Generic addresses of the resolved lanes become offsets in their window.</param>
    /// <param name="lanes">Lanes still to be resolved, not none.</param>
    /// <param name="kind">What will be done.</param>
    /// <param name="host">Where the resolved lanes' bytes are.</param>
    /// <returns>The resolved lanes.</returns>
    public static uint Resolve(BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes, AccessKind kind, out HostRange host)
    {
        lanes = Locate(runner, i, addresses, lanes, kind, out host, out var space);
        if (runner.Monitor is { } monitor && space != StateSpace.Param)
        {
            monitor.OnAccess(new WarpAccess
            {
                Instruction = i->Index,
                Space = space,
                Kind = kind,
                Lanes = lanes,
                Bytes = i->Bytes,
                Addresses = addresses,
                Values = kind == AccessKind.Store ? runner.StoredValues : null,
                Warp = runner.Warp.Number,
            });
        }
        return lanes;
    }

    /// <summary><see cref="Resolve"/> without telling the monitor.</summary>
    public static uint Locate(
        BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes, AccessKind kind, out HostRange host, out StateSpace space)
    {
        space = i->Space;
        if (space == StateSpace.Generic)
        {
            var first = addresses[BitOperations.TrailingZeroCount(lanes)];
            space = AddressWindows.SpaceOf(first);
            lanes = SameSpace(addresses, lanes, space);
        }
        if ((Low(addresses, lanes) & (uint)(i->Bytes - 1)) != 0)
            FailMisaligned(runner, i, addresses, lanes, space, kind);
        switch (space)
        {
            case StateSpace.Shared:
                Bound(runner, i, addresses, lanes, (ulong)runner.Context.SharedBytes, space, kind);
                host = new HostRange(runner.Shared, 0);
                if (kind is AccessKind.Store or AccessKind.Atomic)
                    runner.NoteSharedWrite();
                break;
            case StateSpace.Local:
                Bound(runner, i, addresses, lanes, (ulong)runner.LocalBytes, space, kind);
                host = new HostRange(runner.Warp.Local, runner.LocalBytes);
                break;
            case StateSpace.Param:
                if (kind is not AccessKind.Load)
                {
                    runner.Fail(
                        DiagnosticKinds.OutOfBounds, i, BitOperations.TrailingZeroCount(lanes),
                        $"{Verb(kind)} to the kernel's parameters, which may only be read");
                }
                Bound(runner, i, addresses, lanes, (ulong)runner.ParameterBytes, space, kind);
                host = new HostRange(runner.Parameters, 0);
                break;
            case StateSpace.Generic:
            case StateSpace.Global:
            case StateSpace.Const:
            default:
                lanes = FindAllocation(runner, i, addresses, lanes, kind);
                host = new HostRange(i->HitHost - i->HitAddress, 0);
                space = StateSpace.Global;
                if (kind is AccessKind.Store)
                    runner.Changes++;
                break;
        }
        return lanes;
    }

    /// <summary>Checks alignment and bounds of a shared access that takes place later.</summary>
    public static void Validate(BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes)
    {
        if ((Low(addresses, lanes) & (uint)(i->Bytes - 1)) != 0)
            FailMisaligned(runner, i, addresses, lanes, StateSpace.Shared, AccessKind.AsyncWrite);
        Bound(runner, i, addresses, lanes, (ulong)runner.Context.SharedBytes, StateSpace.Shared, AccessKind.AsyncWrite);
    }

    /// <summary>Whether lane l's address is the first lane's plus l times the size, for every lane: one stretch of memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsContiguous(ulong* addresses, int bytes)
    {
        var steps = Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7) * (ulong)bytes;
        var expected = Vector512.Create(addresses[0]) + steps;
        var differs = Vector512<ulong>.Zero;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            differs |= Vector512.Load(addresses + lane) ^ expected;
            expected += Vector512.Create(8 * (ulong)bytes);
        }
        return differs == Vector512<ulong>.Zero;
    }

    /// <summary>All low bits that any lane's address has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Low(ulong* addresses, uint lanes)
    {
        var bits = Vector512<ulong>.Zero;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
            bits |= Vector512.Load(addresses + lane) & Lanes.Select64(lanes, lane);
        var half = bits.GetLower() | bits.GetUpper();
        var quarter = half.GetLower() | half.GetUpper();
        return (uint)(quarter[0] | quarter[1]);
    }

    private static uint SameSpace(ulong* addresses, uint lanes, StateSpace space)
    {
        var same = 0u;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (AddressWindows.SpaceOf(addresses[lane]) != space)
                continue;
            same |= 1u << lane;
            addresses[lane] -= AddressWindows.BaseOf(space);
        }
        return same;
    }

    /// <summary>The lanes whose whole access lies in a range of addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Inside(ulong* addresses, ulong first, ulong bytes, int size)
    {
        if (bytes < (ulong)size)
            return 0;
        var (start, limit) = (Vector512.Create(first), Vector512.Create(bytes - (ulong)size));
        var inside = 0ul;
        for (var lane = 0; lane < Lanes.Count; lane += 8)
        {
            inside |= Vector512.LessThanOrEqual(Vector512.Load(addresses + lane) - start, limit).ExtractMostSignificantBits() << lane;
        }
        return (uint)inside;
    }

    private static void Bound(BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes, ulong bytes, StateSpace space, AccessKind kind)
    {
        var outside = lanes & ~Inside(addresses, 0, bytes, i->Bytes);
        if (outside == 0)
            return;
        var lane = BitOperations.TrailingZeroCount(outside);
        var (name, memory) = space switch
        {
            StateSpace.Shared => ("shared", "the block's shared memory"),
            StateSpace.Local => ("local", "the thread's local memory"),
            _ => ("parameter", "the kernel's parameters"),
        };
        var address = addresses[lane];
        var place = address >= bytes ? $"{address - bytes} bytes behind" : "partly behind";
        runner.Fail(
            DiagnosticKinds.OutOfBounds, i, lane,
            $"{name} {Verb(kind)} of {i->Bytes} bytes at {(long)address}, {place} {memory} ({bytes} bytes)", address);
    }

    private static uint FindAllocation(BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes, AccessKind kind)
    {
        var inside = i->HitHost is null ? 0 : lanes & Inside(addresses, i->HitAddress, i->HitBytes, i->Bytes);
        if (inside != 0)
            return inside;
        var lane = BitOperations.TrailingZeroCount(lanes);
        var address = addresses[lane];
        var allocation = runner.Context.Memory.Find(address);
        if (allocation is null || !allocation.Contains(address, i->Bytes))
            FailOutside(runner, i, lane, address, allocation, kind);
        if (allocation.IsConstant && kind is AccessKind.Store or AccessKind.Atomic)
        {
            runner.Fail(
                DiagnosticKinds.OutOfBounds, i, lane, $"{Verb(kind)} to the constant '{allocation.Name}', which kernels may only read", address,
                $"{allocation.Name}+{address - allocation.Address}");
        }
        i->HitAddress = allocation.Address;
        i->HitBytes = (ulong)allocation.Bytes;
        i->HitHost = allocation.Host;
        return lanes & Inside(addresses, i->HitAddress, i->HitBytes, i->Bytes);
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void FailOutside(BlockRunner runner, DecodedInstruction* i, int lane, ulong address, Allocation? allocation, AccessKind kind)
    {
        var memory = runner.Context.Memory;
        var place = memory.Describe(address);
        if (allocation is not null)
            place += $", {address + (ulong)i->Bytes - allocation.Address - (ulong)allocation.Bytes} of them behind its end";
        var freed = memory.FindFreed(address);
        var known = allocation ?? freed ?? memory.Nearest(address);
        runner.Fail(
            freed is null ? DiagnosticKinds.OutOfBounds : DiagnosticKinds.UseAfterFree, i, lane,
            $"global {Verb(kind)} of {i->Bytes} bytes at 0x{address:x}, {place}", address,
            known is null ? null : $"{known.Name}{(long)(address - known.Address):+0;-0}");
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private static void FailMisaligned(BlockRunner runner, DecodedInstruction* i, ulong* addresses, uint lanes, StateSpace space, AccessKind kind)
    {
        var rest = lanes;
        while (addresses[BitOperations.TrailingZeroCount(rest)] % (ulong)i->Bytes == 0)
            rest &= rest - 1;
        var lane = BitOperations.TrailingZeroCount(rest);
        var place = space is StateSpace.Global or StateSpace.Const ? $", {runner.Context.Memory.Describe(addresses[lane])}" : "";
        var allocation = space is StateSpace.Global or StateSpace.Const ? runner.Context.Memory.Find(addresses[lane]) : null;
        runner.Fail(
            DiagnosticKinds.Misaligned, i, lane,
            $"{space.ToString().ToLowerInvariant()} {Verb(kind)} of {i->Bytes} bytes at 0x{addresses[lane]:x}{place}: the address must be a multiple of {i->Bytes}",
            addresses[lane], allocation is null ? null : $"{allocation.Name}+{addresses[lane] - allocation.Address}");
    }

    private static string Verb(AccessKind kind) => kind switch
    {
        AccessKind.Load => "load",
        AccessKind.Store => "store",
        AccessKind.Atomic => "atomic",
        AccessKind.Matrix => "matrix load",
        AccessKind.AsyncRead => "asynchronous read",
        _ => "asynchronous write",
    };
}
