using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Keeps track of the bytes that a launch writes, and finds reads of those that nobody has written. What shared and local memory hold is
/// forgotten with the block.</summary>
internal sealed class InitialisationCheck
{
    private readonly LaunchContext _context;
    private readonly DiagnosticLog _log;
    private readonly bool _looksAtReads;
    private readonly ulong[] _shared;
    private readonly ulong[] _local;
    private readonly int _localBytes;
    private Dim3 _block;

    /// <summary>The check of one worker's blocks.</summary>
    /// <param name="checks">With <see cref="EmulatorChecks.Outputs"/> alone, writes to global memory are kept track of and no read is
    /// looked at.</param>
    /// <param name="context">The launch.</param>
    /// <param name="log">Takes what is found.</param>
    public InitialisationCheck(EmulatorChecks checks, LaunchContext context, DiagnosticLog log)
    {
        (_context, _log) = (context, log);
        _looksAtReads = checks.HasFlag(EmulatorChecks.Initialisation);
        _localBytes = context.LocalBytes;
        _shared = new ulong[WordsFor(context.SharedBytes)];
        _local = new ulong[_localBytes == 0 ? 0 : WordsFor(_localBytes * context.Block.Count)];
    }

    /// <summary>A block begins.</summary>
    public void BeginBlock(Dim3 block)
    {
        _block = block;
        Array.Clear(_shared);
        Array.Clear(_local);
    }

    /// <summary>An access to shared memory. The bytes of a cp.async count as written when it has arrived.</summary>
    public unsafe void OnShared(in WarpAccess access, AccessPattern pattern)
    {
        if (!_looksAtReads || access.Kind == AccessKind.AsyncIssue)
            return;
        var (offset, bytes) = ((long)access.Addresses[0], access.Bytes * pattern.Lanes);
        if (access.Kind is not (AccessKind.Store or AccessKind.AsyncWrite)
            && (pattern.IsRun ? !IsMarked(_shared, offset, bytes) : !AreLanesMarked(_shared, access)))
            ReportShared(access);
        if (!Writes(access.Kind))
            return;
        if (pattern.IsRun)
            Mark(_shared, offset, bytes);
        else
            MarkLanes(_shared, access);
    }

    /// <summary>An access to local memory.</summary>
    public unsafe void OnLocal(in WarpAccess access)
    {
        if (!_looksAtReads)
            return;
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var bit = (long)(access.Warp * 32 + lane) * _localBytes + (long)access.Addresses[lane];
            if (access.Kind == AccessKind.Store)
                Mark(_local, bit, access.Bytes);
            else if (!IsMarkedInPart(_local, bit, access.Bytes))
                Report(DiagnosticKinds.UninitialisedLocal, access, lane, null);
        }
    }

    /// <summary>An access of lanes to one allocation of global memory.</summary>
    public unsafe void OnGlobal(in WarpAccess access, AccessPattern pattern, AllocationView view)
    {
        if (view.IsWhole)
            return;
        if (_looksAtReads && access.Kind != AccessKind.Store)
            CheckGlobal(access, pattern, view);
        if (!Writes(access.Kind))
            return;
        if (pattern.IsRun)
        {
            view.Allocation.MarkWritten(view.OffsetOf(access.Addresses[0]), (long)access.Bytes * pattern.Lanes);
            return;
        }
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
            view.Allocation.MarkWritten(view.OffsetOf(access.Addresses[BitOperations.TrailingZeroCount(rest)]), access.Bytes);
    }

    private static bool Writes(AccessKind kind) => kind is AccessKind.Store or AccessKind.Atomic or AccessKind.AsyncWrite;

    private static long WordsFor(long bytes) => (bytes + 63) / 64;

    private static void Mark(ulong[] bits, long offset, int bytes)
    {
        for (var end = offset + bytes; offset < end;)
        {
            var word = offset >> 6;
            bits[word] |= WordBits(ref offset, end);
        }
    }

    /// <summary>Whether any byte was written. Compilers copy structs on the stack whole, with the padding that nobody writes.</summary>
    private static bool IsMarkedInPart(ulong[] bits, long offset, int bytes)
    {
        for (var end = offset + bytes; offset < end;)
        {
            var word = offset >> 6;
            if ((bits[word] & WordBits(ref offset, end)) != 0)
                return true;
        }
        return false;
    }

    private static bool IsMarked(ulong[] bits, long offset, int bytes)
    {
        for (var end = offset + bytes; offset < end;)
        {
            var word = offset >> 6;
            if ((~bits[word] & WordBits(ref offset, end)) != 0)
                return false;
        }
        return true;
    }

    /// <summary>The bits of a range in its first word; the range's beginning moves on behind that word.</summary>
    private static ulong WordBits(ref long offset, long end)
    {
        var after = Math.Min((offset | 63) + 1, end);
        var bits = ulong.MaxValue << (int)(offset & 63) & ulong.MaxValue >> (int)(-after & 63);
        offset = after;
        return bits;
    }

    private static unsafe void MarkLanes(ulong[] bits, in WarpAccess access)
    {
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
            Mark(bits, (long)access.Addresses[BitOperations.TrailingZeroCount(rest)], access.Bytes);
    }

    // An aligned piece of a power of two of bytes, at most 16, lies in one word.
    private static unsafe bool AreLanesMarked(ulong[] bits, in WarpAccess access)
    {
        var piece = ulong.MaxValue >> (64 - access.Bytes);
        var missing = 0UL;
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var offset = access.Addresses[BitOperations.TrailingZeroCount(rest)];
            missing |= ~(bits[offset >> 6] >> (int)(offset & 63)) & piece;
        }
        return missing == 0;
    }

    private unsafe void CheckGlobal(in WarpAccess access, AccessPattern pattern, AllocationView view)
    {
        if (pattern.IsRun && view.Allocation.IsWritten(view.OffsetOf(access.Addresses[0]), (long)access.Bytes * pattern.Lanes))
            return;
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (!view.Allocation.IsWritten(view.OffsetOf(access.Addresses[lane]), access.Bytes))
                Report(DiagnosticKinds.UninitialisedGlobal, access, lane, view);
        }
    }

    private unsafe void ReportShared(in WarpAccess access)
    {
        for (var rest = access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (!IsMarked(_shared, (long)access.Addresses[lane], access.Bytes))
                Report(DiagnosticKinds.UninitialisedShared, access, lane, null);
        }
    }

    private unsafe void Report(string kind, in WarpAccess access, int lane, AllocationView? view)
    {
        var place = new LaunchPlace(access.Instruction, _block, access.Warp * 32 + lane);
        if (_log.IsRepeat(PtxSeverity.Error, kind, place))
            return;
        var address = access.Addresses[lane];
        var (where, name, who) = access.Space switch
        {
            StateSpace.Shared => ("shared offset", _context.NameShared(address), "no thread of the block has"),
            StateSpace.Local => ("local offset", _context.NameLocal(address), "the thread has not"),
            _ => ("global address", view!.NameOf(address), "neither the host nor a kernel has"),
        };
        var message = $"read of {access.Bytes} bytes at {where} 0x{address:x} ({name}), which {who} written";
        _log.Describe(PtxSeverity.Error, kind, place, message, address, name);
    }
}
