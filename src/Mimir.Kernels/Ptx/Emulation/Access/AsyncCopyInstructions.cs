using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>cp.async with its commit and waits. The instruction itself describes the shared side; the one behind it in the code, which does nothing
/// when executed, describes the global side.</summary>
internal static unsafe class AsyncCopyInstructions
{
    /// <summary>Marks in <see cref="DecodedInstruction.Mode"/> how the number of bytes to read is given, in operand B.</summary>
    public const int ReadsAll = 0;
    public const int ReadsBytes = 1;
    public const int ReadsUnless = 2;

    /// <summary>Starts the lanes' copies.</summary>
    public static void Issue(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var source = i + 1;
        var warp = runner.Warp;
        var copy = warp.Copies.Add(lanes);
        (copy.Bytes, copy.Pc) = (i->Bytes, (int)(i - runner.Code(0)));
        var addresses = AddressResolution.Gather(runner, r, source);
        var full = ReadSizes(r, i, lanes, copy, runner);
        for (var rest = full; rest != 0;)
        {
            var part = AddressResolution.Resolve(runner, source, addresses, rest, AccessKind.AsyncRead, out var host);
            for (var left = part; left != 0; left &= left - 1)
            {
                var lane = BitOperations.TrailingZeroCount(left);
                copy.Sources[lane] = addresses[lane];
                copy.Hosts[lane] = (nint)host.At(lane, addresses[lane]);
            }
            rest &= ~part;
        }
        for (var rest = lanes & ~full; rest != 0; rest &= rest - 1)
            ResolvePartly(runner, source, addresses, BitOperations.TrailingZeroCount(rest), copy);
        addresses = AddressResolution.Gather(runner, r, i);
        AddressResolution.Validate(runner, i, addresses, lanes);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            copy.Destinations[lane] = addresses[lane];
        }
        Tell(runner, copy, lanes, AccessKind.AsyncIssue);
        if (runner.Options.AsyncCopy == AsyncCopyModel.Eager)
            Move(runner, copy, lanes);
    }

    public static void Commit(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes) => runner.Warp.Copies.Commit(lanes);

    /// <summary>wait_group: all but the latest <see cref="DecodedInstruction.Mode"/> groups.</summary>
    public static void WaitGroup(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var copies = runner.Warp.Copies;
        TellWait(runner, i, lanes);
        foreach (var copy in copies.Pending)
            Arrive(runner, copy, copies.Due(copy, lanes, i->Mode));
        copies.RemoveArrived();
    }

    /// <summary>wait_all: every copy of the lanes, committed or not.</summary>
    public static void WaitAll(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        TellWait(runner, i, lanes);
        Commit(runner, r, i, lanes);
        foreach (var copy in runner.Warp.Copies.Pending)
            Arrive(runner, copy, copy.Lanes & lanes);
        runner.Warp.Copies.RemoveArrived();
    }

    /// <summary>The wait guarantees the bytes of some lanes.</summary>
    private static void Arrive(BlockRunner runner, AsyncCopy copy, uint lanes)
    {
        if (lanes == 0)
            return;
        copy.Lanes &= ~lanes;
        Tell(runner, copy, lanes, AccessKind.AsyncWrite);
        if (runner.Options.AsyncCopy == AsyncCopyModel.Lazy)
            Move(runner, copy, lanes);
    }

    private static void Move(BlockRunner runner, AsyncCopy copy, uint lanes)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var destination = runner.Shared + copy.Destinations[lane];
            var read = copy.SourceBytes[lane];
            Unsafe.CopyBlockUnaligned(destination, (byte*)copy.Hosts[lane], (uint)read);
            Unsafe.InitBlockUnaligned(destination + read, 0, (uint)(copy.Bytes - read));
        }
        runner.NoteSharedWrite();
    }

    private static void Tell(BlockRunner runner, AsyncCopy copy, uint lanes, AccessKind kind)
    {
        if (runner.Monitor is not { } monitor)
            return;
        copy.Destinations.CopyTo(new Span<ulong>(runner.Addresses, Lanes.Count));
        monitor.OnAccess(new WarpAccess
        {
            Instruction = runner.Code(copy.Pc)->Index,
            Space = StateSpace.Shared,
            Kind = kind,
            Lanes = lanes,
            Bytes = copy.Bytes,
            Addresses = runner.Addresses,
            Warp = runner.Warp.Number,
        });
    }

    private static void TellWait(BlockRunner runner, DecodedInstruction* i, uint lanes) =>
        runner.Monitor?.OnAsyncWait(i->Index, runner.Warp.Number, lanes, runner.Warp.Copies.GroupsInFlight(lanes));

    /// <summary>How many bytes every lane reads.</summary>
    /// <returns>Lanes that read all of them.</returns>
    private static uint ReadSizes(byte* r, DecodedInstruction* i, uint lanes, AsyncCopy copy, BlockRunner runner)
    {
        var full = lanes;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var bytes = i->Mode switch
            {
                ReadsBytes => ((uint*)(r + i->B))[lane],
                ReadsUnless => ((*(uint*)(r + i->B) ^ (uint)i->E) >> lane & 1) != 0 ? 0 : (uint)i->Bytes,
                _ => (uint)i->Bytes,
            };
            if (bytes > (uint)i->Bytes)
                runner.Fail(DiagnosticKinds.OutOfBounds, i, lane, $"the source size {bytes} is larger than the copy of {i->Bytes} bytes");
            copy.SourceBytes[lane] = (int)bytes;
            if (bytes != (uint)i->Bytes)
                full &= ~(1u << lane);
        }
        return full;
    }

    /// <summary>A source that is read in part, or not at all: then its address may be anything.</summary>
    private static void ResolvePartly(BlockRunner runner, DecodedInstruction* source, ulong* addresses, int lane, AsyncCopy copy)
    {
        copy.Sources[lane] = addresses[lane];
        copy.Hosts[lane] = 0;
        if (copy.SourceBytes[lane] == 0)
            return;
        // The bytes read are checked one by one: their number need not be a power of two.
        var bytes = source->Bytes;
        source->Bytes = 1;
        for (var n = copy.SourceBytes[lane] - 1; n >= 0; n--)
        {
            addresses[lane] = copy.Sources[lane] + (ulong)n;
            AddressResolution.Locate(runner, source, addresses, 1u << lane, AccessKind.AsyncRead, out var host, out _);
            copy.Hosts[lane] = (nint)host.At(lane, addresses[lane]);
        }
        runner.Monitor?.OnAccess(new WarpAccess
        {
            Instruction = source->Index,
            Space = StateSpace.Global,
            Kind = AccessKind.AsyncRead,
            Lanes = 1u << lane,
            Bytes = copy.SourceBytes[lane],
            Addresses = addresses,
            Warp = runner.Warp.Number,
        });
        source->Bytes = bytes;
    }
}
