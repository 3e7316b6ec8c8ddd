using System.Numerics;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What one worker counts, by instruction: what its accesses and branches cost. How often each instruction was executed the interpreter
/// knows itself.</summary>
internal sealed class LaunchCounts
{
    private readonly LaunchContext _context;
    private readonly Tally[] _tallies;
    private readonly Dictionary<Allocation, SectorSet> _sectors = [];

    /// <summary>Nothing is counted yet.</summary>
    public LaunchCounts(LaunchContext context)
    {
        _context = context;
        _tallies = new Tally[context.Instructions.Count];
    }

    /// <summary>A conditional branch.</summary>
    public void OnBranch(int instruction, uint lanes, uint taken)
    {
        _tallies[instruction].Branches++;
        if (taken != 0 && taken != lanes)
            _tallies[instruction].DivergentBranches++;
    }

    /// <summary>A wait for asynchronous copies.</summary>
    public void OnAsyncWait(int instruction, int pendingGroups)
    {
        _tallies[instruction].AsyncWaits++;
        _tallies[instruction].AsyncGroupsAtWaits += pendingGroups;
    }

    /// <summary>A request to global memory.</summary>
    public void OnGlobal(in WarpAccess access, AccessPattern pattern)
    {
        ref var tally = ref _tallies[access.Instruction];
        var moved = GlobalSectors.Of(access, pattern);
        tally.GlobalRequests++;
        tally.Sectors += moved.Sectors;
        tally.IdealSectors += moved.IdealSectors;
        tally.Lines += moved.Lines;
        tally.BytesAsked += moved.Bytes;
        if (access.Kind != AccessKind.Atomic)
            return;
        tally.AtomicAddresses += moved.Addresses;
        tally.AtomicConflicts += pattern.Lanes - moved.Addresses;
    }

    /// <summary>An access to shared memory. An asynchronous copy counts where it is issued, all its lanes together.</summary>
    public void OnShared(in WarpAccess access, AccessPattern pattern)
    {
        if (access.Kind == AccessKind.AsyncWrite)
            return;
        ref var tally = ref _tallies[access.Instruction];
        var (wavefronts, ideal) = SharedBanks.Count(access, pattern);
        tally.SharedRequests++;
        tally.Wavefronts += wavefronts;
        tally.IdealWavefronts += ideal;
        if (access.Kind == AccessKind.AsyncIssue)
            tally.AsyncBytes += access.Bytes * pattern.Lanes;
    }

    /// <summary>An access to local memory.</summary>
    public void OnLocal(in WarpAccess access, AccessPattern pattern) =>
        _tallies[access.Instruction].LocalBytes += access.Bytes * pattern.Lanes;

    /// <summary>The sectors of an allocation that this worker's blocks touch.</summary>
    public SectorSet SectorsOf(Allocation allocation)
    {
        if (!_sectors.TryGetValue(allocation, out var sectors))
            _sectors.Add(allocation, sectors = new SectorSet(allocation.Bytes));
        return sectors;
    }

    /// <summary>Adds another worker's counts.</summary>
    public void Add(LaunchCounts other)
    {
        for (var i = 0; i < _tallies.Length; i++)
            _tallies[i].Add(other._tallies[i]);
        foreach (var (allocation, sectors) in other._sectors)
            SectorsOf(allocation).Add(sectors);
    }

    /// <summary>The figures of the launch.</summary>
    /// <param name="executed">How often each instruction was executed.</param>
    public KernelCounters ToCounters(ReadOnlySpan<InstructionCount> executed)
    {
        var instructions = _context.Instructions;
        var classes = new SortedDictionary<InstructionClass, InstructionCount>();
        var lines = new List<LineCounters>();
        var sum = default(Tally);
        var total = default(InstructionCount);
        var (flops, tensorFlops, barriers, groups) = (0L, 0L, 0L, 0L);
        for (var i = 0; i < instructions.Count; i++)
        {
            ref var tally = ref _tallies[i];
            var count = executed[i];
            if (count.Warps == 0)
                continue;
            var cost = InstructionCost.Of(instructions[i]);
            total += count;
            classes[cost.Class] = classes.GetValueOrDefault(cost.Class) + count;
            flops += count.Lanes * cost.FlopsPerLane + count.Warps * cost.FlopsPerWarp;
            tensorFlops += count.Warps * cost.FlopsPerWarp;
            barriers += instructions[i].Opcode == PtxOpcode.Bar ? count.Warps : 0;
            groups += instructions[i].Opcode == PtxOpcode.CpAsyncCommitGroup ? count.Warps : 0;
            sum.Add(tally);
            lines.Add(new LineCounters(
                i,
                instructions[i].Position.Line,
                instructions[i].Text,
                count.Warps,
                count.Lanes,
                tally.Sectors,
                tally.IdealSectors,
                tally.Wavefronts,
                tally.Wavefronts - tally.IdealWavefronts,
                tally.DivergentBranches));
        }
        var registers = RegisterEstimate.Of(_context.Kernel);
        return new KernelCounters
        {
            Kernel = _context.Kernel.Name,
            Grid = _context.Grid,
            Block = _context.Block,
            SharedBytes = _context.SharedBytes,
            Registers = registers,
            Occupancies = [.. MultiprocessorLimits.All.Select(limits =>
                Occupancy.Of(limits, (int)_context.Block.Count, registers.PerThread, _context.SharedBytes))],
            Instructions = total,
            Classes = classes,
            Branches = sum.Branches,
            DivergentBranches = sum.DivergentBranches,
            Global = new GlobalTraffic(
                sum.GlobalRequests, sum.Sectors, sum.IdealSectors, sum.Lines, sum.BytesAsked, sum.AtomicAddresses, sum.AtomicConflicts),
            Shared = new SharedTraffic(sum.SharedRequests, sum.Wavefronts, sum.IdealWavefronts),
            LocalBytes = sum.LocalBytes,
            Flops = flops,
            TensorFlops = tensorFlops,
            MemoryBytes = 32 * _sectors.Values.Sum(sectors => sectors.Count),
            Barriers = barriers,
            AsyncCopyBytes = sum.AsyncBytes,
            AsyncCopyGroups = groups,
            AsyncCopyWaits = sum.AsyncWaits,
            AsyncCopyGroupsAtWaits = sum.AsyncGroupsAtWaits,
            Lines = lines,
        };
    }

    /// <summary>The counts of one instruction; nothing but 64-bit numbers.</summary>
    private struct Tally
    {
        public long Branches, DivergentBranches;
        public long GlobalRequests, Sectors, IdealSectors, Lines, BytesAsked, AtomicAddresses, AtomicConflicts;
        public long SharedRequests, Wavefronts, IdealWavefronts, LocalBytes;
        public long AsyncBytes, AsyncWaits, AsyncGroupsAtWaits;

        public void Add(in Tally other)
        {
            var into = MemoryMarshal.Cast<Tally, long>(new Span<Tally>(ref this));
            var from = MemoryMarshal.Cast<Tally, long>(new ReadOnlySpan<Tally>(in other));
            for (var i = 0; i < into.Length; i++)
                into[i] += from[i];
        }
    }
}
