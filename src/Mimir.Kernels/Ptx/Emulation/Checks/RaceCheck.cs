using System.Numerics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Finds accesses of one launch that touch the same byte, of which at least one writes and one is plain, and which nothing orders: in shared
/// and global memory, in one warp, between warps and between blocks; and what touches the bytes of a cp.async before its wait.</summary>
internal sealed unsafe class RaceCheck : IClashListener, IGridOrder, IDisposable
{
    private readonly LaunchContext _context;
    private readonly LaunchRecords _records;
    private readonly DiagnosticLog _log;
    private readonly AccessOrder _order;
    private readonly AccessHistory _shared;
    private readonly List<AccessHistory> _global = [];
    private readonly Dictionary<AccessHistory, Allocation> _allocations = [];
    private readonly bool _manyBlocks;

    // What the block's warps have learnt of other blocks' signals, and addresses of flags whose signals are to be looked at after the access.
    private readonly List<(GridFlag Flag, int Signals, int Warp, uint Time)> _acquired = [];
    private readonly List<(ulong Address, int Warp)> _toAcquire = [];
    private readonly PendingCopies _copies = new();

    private Dim3 _block;
    private long _number;
    private byte* _memory;
    private WarpAccess _access;

    /// <summary>The check of one worker's blocks.</summary>
    public RaceCheck(LaunchContext context, LaunchRecords records, DiagnosticLog log)
    {
        (_context, _records, _log) = (context, records, log);
        _order = new AccessOrder(context.Warps);
        _shared = new AccessHistory(context.SharedBytes, records.CellShift, _order, this);
        _manyBlocks = context.Grid.Count > 1;
    }

    /// <summary>The history of an allocation in this worker's blocks; null where nothing that the launch does to it can clash.</summary>
    public AccessHistory? OpenInBlock(Allocation allocation)
    {
        if (!_records.IsTarget(allocation))
            return null;
        var history = new AccessHistory(allocation.Bytes, _records.CellShift, _order, this);
        _global.Add(history);
        _allocations.Add(history, allocation);
        return history;
    }

    /// <summary>The history of an allocation in all blocks; null where nothing that the launch does to it can clash.</summary>
    public GridHistory? OpenInGrid(Allocation allocation) =>
        _records.IsTarget(allocation) && (_manyBlocks || _records.HasNonCoherentReads) ? _records.HistoryOf(allocation) : null;

    /// <summary>A block begins.</summary>
    public void BeginBlock(Dim3 block, byte* shared)
    {
        (_block, _number) = (block, _context.NumberOf(block));
        _memory = shared;
        if (_order.IsWornOut)
        {
            _order.Restart();
            _shared.Clear();
            _global.ForEach(history => history.Clear());
        }
        _order.BeginBlock();
        _acquired.Clear();
        _toAcquire.Clear();
    }

    /// <summary>A block ends.</summary>
    public void EndBlock()
    {
        if (_copies.Count == 0)
            return;
        var copy = _shared.FirstPending();
        // What has not arrived would look pending to the next block.
        _shared.Clear();
        _copies.Clear();
        var place = new LaunchPlace(AccessEntry.InstructionOf(copy), _block, AccessEntry.ThreadOf(copy));
        if (!_log.IsRepeat(PtxSeverity.Warning, DiagnosticKinds.AsyncCopyUnwaited, place))
            _log.Describe(PtxSeverity.Warning, DiagnosticKinds.AsyncCopyUnwaited, place, "the thread ends without having waited for this cp.async");
    }

    /// <summary>A barrier of the whole block.</summary>
    public void OnBlockBarrier()
    {
        Acquire();
        _order.BlockBarrier();
    }

    /// <summary>A warp arrived without waiting.</summary>
    public void OnBarrierArrive(int barrier, int warp)
    {
        Acquire();
        _order.Arrive(barrier, warp);
    }

    /// <summary>A barrier of some warps.</summary>
    public void OnPartialBarrier(int barrier, uint warps)
    {
        Acquire();
        _order.PartialBarrier(barrier, warps);
    }

    /// <summary>bar.warp.sync.</summary>
    public void OnWarpSync(int warp, uint lanes) => _order.WarpSync(warp, lanes, LanesOf(warp));

    /// <summary>A fence.</summary>
    public void OnFence(int warp, bool isGlobal)
    {
        Acquire();
        _order.Fence(warp, isGlobal);
    }

    /// <summary>An access to shared memory.</summary>
    public void OnShared(in WarpAccess access, AccessPattern pattern)
    {
        Acquire();
        _access = access;
        var rule = _records.Rules[access.Instruction];
        if (rule.IsStrong && _records.HasSignals)
            Signal(rule);
        var entry = AccessEntry.Of(_order.Now, access.Instruction, access.Warp * 32, rule.IsStrong);
        if (access.Kind is AccessKind.AsyncIssue or AccessKind.AsyncWrite)
        {
            Copy(pattern, entry);
            return;
        }
        Record(_shared, 0, pattern, entry);
    }

    /// <summary>An access of lanes to one allocation of global memory.</summary>
    public void OnGlobal(in WarpAccess access, AccessPattern pattern, AllocationView view)
    {
        Acquire();
        _access = access;
        var rule = _records.Rules[access.Instruction];
        if (rule.IsStrong && _records.HasSignals)
            Signal(rule);
        if (view.InBlock is { } history)
        {
            if (access.Kind == AccessKind.AsyncRead)
                _copies.Read(access);
            else if (access.Kind != AccessKind.Load && _copies.HasSources)
                CheckSources(view);
            // A non-coherent read clashes with every write, whatever orders them: the grid's history knows.
            if (!rule.IsNonCoherent)
                Record(history, view.Allocation.Address, pattern, AccessEntry.Of(_order.Now, access.Instruction, access.Warp * 32, rule.IsStrong));
        }
        if (view.InGrid is { } grid)
            Record(grid, pattern, rule);
    }

    /// <inheritdoc/>
    public void OnClash(AccessHistory history, long cell, long earlier, bool earlierWrites, long now, bool nowWrites)
    {
        var thread = AccessEntry.ThreadOf(now);
        var place = new LaunchPlace(_access.Instruction, _block, thread);
        var allocation = _allocations.GetValueOrDefault(history);
        var offset = (ulong)(cell << history.Shift);
        var isPending = earlier >= AccessEntry.Pending;
        var isEqual = !isPending && earlierWrites && nowWrites && WritesTheSame(allocation, offset, 1 << history.Shift, earlier, thread % 32);
        var severity = isEqual ? PtxSeverity.Information : PtxSeverity.Error;
        var kind = isPending ? DiagnosticKinds.AsyncCopyPending
            : allocation is null ? DiagnosticKinds.SharedRace : DiagnosticKinds.GlobalRace;
        if (_log.IsRepeat(severity, kind, place))
            return;
        var (other, otherInstruction) = (AccessEntry.ThreadOf(earlier), AccessEntry.InstructionOf(earlier));
        var (where, address, name) = allocation is null
            ? ("shared offset", offset, _context.NameShared(offset))
            : ("global address", allocation.Address + offset, $"{allocation.Name}+{offset}");
        var does = $"{Words(_access.Instruction, nowWrites)} at {where} 0x{address:x} ({name})";
        var earlierDoes = $"the {Words(otherInstruction, earlierWrites)} at line {LineOf(otherInstruction)} by thread {_context.ThreadOf(other)}";
        var message = isPending
            ? $"{does} touches bytes that {earlierDoes} is still copying: its thread has not waited for them"
            : isEqual
                ? $"{does} writes the same value as {earlierDoes} without an order between them"
                : $"{does} races with {earlierDoes}: {Missing(otherInstruction, other, thread)}";
        _log.Describe(severity, kind, place, message, address, name);
    }

    /// <inheritdoc/>
    public bool IsBefore(long entry)
    {
        foreach (var (flag, signals, warp, time) in _acquired)
        {
            if (_order.Knows(_access.Warp, warp, time) && flag.Covers(entry, signals))
                return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shared.Dispose();
        _global.ForEach(history => history.Dispose());
    }

    /// <summary>An instruction's access, in words.</summary>
    public static string Words(PtxInstruction instruction, bool writes) => instruction.Opcode switch
    {
        PtxOpcode.Atom or PtxOpcode.Red => "atomic access",
        PtxOpcode.CpAsync => "cp.async",
        _ => writes ? "write" : "read",
    };

    private string Words(int instruction, bool writes) => Words(_context.Instructions[instruction], writes);

    private int LineOf(int instruction) => _context.Instructions[instruction].Position.Line;

    private string Missing(int otherInstruction, int other, int thread) =>
        other / 32 != thread / 32
            ? _context.Instructions[otherInstruction].Opcode == PtxOpcode.CpAsync
                ? "after the wait its data is seen by its own thread only, until a barrier"
                : "no barrier orders the two warps"
            : otherInstruction == _access.Instruction && _access.Kind == AccessKind.Store
                ? "both are lanes of one warp"
                : "both are lanes of one warp and no bar.warp.sync or barrier orders them";

    private uint LanesOf(int warp)
    {
        var threads = _context.Block.Count - warp * 32L;
        return threads >= 32 ? uint.MaxValue : (1U << (int)threads) - 1;
    }

    private void Record(AccessHistory history, ulong start, AccessPattern pattern, long entry)
    {
        var reads = _access.Kind is AccessKind.Load or AccessKind.Matrix or AccessKind.AsyncRead;
        if (pattern.IsRun)
        {
            var offset = (long)(_access.Addresses[0] - start);
            if (reads)
                history.Read(offset, _access.Bytes, pattern.Lanes, entry);
            else
                history.Write(offset, _access.Bytes, pattern.Lanes, entry);
            return;
        }
        if (reads)
            history.ReadLanes(_access, start, entry);
        else
            history.WriteLanes(_access, start, entry);
    }

    private void Record(GridHistory history, AccessPattern pattern, AccessRule rule)
    {
        var kind = rule.IsNonCoherent ? GridHistory.Kind.NonCoherentRead
            : _access.Kind is AccessKind.Load or AccessKind.AsyncRead ? GridHistory.Kind.Read
            : rule.IsStrong ? GridHistory.Kind.StrongWrite : GridHistory.Kind.Write;
        var entry = GridEntry.Of(_number, _order.Now - _order.BlockStart, _access.Instruction, _access.Warp * 32)
            | (rule.IsStrong ? GridEntry.Strong : 0);
        var order = _acquired.Count > 0 ? this : null;
        var start = history.Allocation.Address;
        if (pattern.IsRun)
        {
            history.Record(kind, (long)(_access.Addresses[0] - start), _access.Bytes, pattern.Lanes, entry, _access.Values, order);
            return;
        }
        for (var rest = _access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var values = _access.Values is null ? null : _access.Values + lane * _access.Bytes;
            history.Record(kind, (long)(_access.Addresses[lane] - start), _access.Bytes, 1, entry + lane * GridEntry.NextThread, values, order);
        }
    }

    /// <summary>The shared side of asynchronous copies: a write that may happen at any time until the wait, when it has happened.</summary>
    private void Copy(AccessPattern pattern, long entry)
    {
        if (_access.Kind == AccessKind.AsyncIssue)
        {
            Record(_shared, 0, pattern, entry);
            _shared.Put(_access, 0, AccessEntry.OfPending(_access.Instruction, _access.Warp * 32));
            _copies.Issue(pattern.Lanes);
            return;
        }
        _shared.Put(_access, 0, entry);
        _copies.Arrive(_access, pattern.Lanes);
    }

    private void CheckSources(AllocationView view)
    {
        for (var rest = _access.Lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var address = _access.Addresses[lane];
            var place = new LaunchPlace(_access.Instruction, _block, _access.Warp * 32 + lane);
            if (_copies.SourceAt(address, _access.Bytes) is not { } copy
                || _log.IsRepeat(PtxSeverity.Error, DiagnosticKinds.AsyncCopyPending, place))
                continue;
            var name = view.NameOf(address);
            var message = $"write at global address 0x{address:x} ({name}) changes bytes that the cp.async at line {LineOf(copy.Instruction)}"
                + $" by thread {_context.ThreadOf(copy.Thread)} is still copying: its thread has not waited for them";
            _log.Describe(PtxSeverity.Error, DiagnosticKinds.AsyncCopyPending, place, message, address, name);
        }
    }

    /// <summary>Whether a write that clashes with an earlier one writes what that one wrote.</summary>
    private bool WritesTheSame(Allocation? allocation, ulong offset, int bytes, long earlier, int lane)
    {
        if (_access.Kind != AccessKind.Store || _access.Values is null)
            return false;
        var start = allocation?.Address ?? 0;
        var now = ValueAt(start + offset, lane, bytes);
        // Another lane of the same instruction has not written yet; what anyone else wrote stands in memory.
        var isSameAccess = AccessEntry.TimeOf(earlier) == _order.Now
            && AccessEntry.InstructionOf(earlier) == _access.Instruction
            && AccessEntry.ThreadOf(earlier) / 32 == _access.Warp;
        if (isSameAccess && ReachesAt(start + offset, AccessEntry.ThreadOf(earlier) % 32))
            return now.SequenceEqual(ValueAt(start + offset, AccessEntry.ThreadOf(earlier) % 32, bytes));
        var memory = allocation is null ? _memory : allocation.Host;
        return now.SequenceEqual(new ReadOnlySpan<byte>(memory + offset, bytes));
    }

    private bool ReachesAt(ulong address, int lane) =>
        (_access.Lanes >> lane & 1) != 0 && address - _access.Addresses[lane] < (ulong)_access.Bytes;

    private ReadOnlySpan<byte> ValueAt(ulong address, int lane, int bytes) =>
        new(_access.Values + lane * _access.Bytes + (address - _access.Addresses[lane]), bytes);

    /// <summary>A strong access: what was fenced before it is ordered before whoever sees it.</summary>
    private void Signal(AccessRule rule)
    {
        if (rule.Releases)
            _order.Fence(_access.Warp, rule.IsGridWide);
        var writes = _access.Kind is AccessKind.Store or AccessKind.Atomic;
        var reads = _access.Kind is AccessKind.Load or AccessKind.Atomic;
        var isBetweenBlocks = _manyBlocks && _access.Space == StateSpace.Global;
        var previous = ulong.MaxValue;
        for (var rest = _access.Lanes; rest != 0; rest &= rest - 1)
        {
            var address = _access.Addresses[BitOperations.TrailingZeroCount(rest)];
            if (address == previous)
                continue;
            previous = address;
            if (writes && _order.HasFence)
            {
                _order.Release(_access.Space, address, _access.Warp);
                if (isBetweenBlocks && FencedSinceStart() is { } since)
                    _records.Flags.Signal(address, _number, since);
            }
            if (!reads)
                continue;
            _order.Acquire(_access.Space, address, _access.Warp);
            if (isBetweenBlocks)
                _toAcquire.Add((address, _access.Warp));
        }
    }

    /// <summary>Looks at the signals behind the flags that the last access read; that access has taken place by now, and those of other workers
    /// that it saw have told of their signals before.</summary>
    private void Acquire()
    {
        if (_toAcquire.Count == 0)
            return;
        foreach (var (address, warp) in _toAcquire)
        {
            // A warp that spins on a flag learns nothing from seeing the same signals again.
            if (_records.Flags.Find(address) is { Count: > 0 and var signals } flag
                && !_acquired.Exists(known => known.Flag == flag && known.Signals == signals && known.Warp == warp))
                _acquired.Add((flag, signals, warp, _order.Now));
        }
        _toAcquire.Clear();
    }

    private uint[]? FencedSinceStart()
    {
        var fenced = _order.FencedInGrid(_access.Warp);
        if (fenced.IndexOfAnyExcept(0U) < 0)
            return null;
        var since = new uint[fenced.Length];
        for (var warp = 0; warp < since.Length; warp++)
        {
            var time = fenced[warp] > _order.BlockStart ? fenced[warp] - _order.BlockStart : 0;
            // Times beyond the last are one: a signal behind it covers them all.
            since[warp] = time > GridEntry.MaximumTime ? uint.MaxValue : time;
        }
        return since;
    }
}
