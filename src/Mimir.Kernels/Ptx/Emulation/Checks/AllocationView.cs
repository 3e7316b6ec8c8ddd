using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What one worker knows about an allocation during a launch.</summary>
internal sealed unsafe class AllocationView(Allocation allocation)
{
    private readonly ulong _end = allocation.Address + (ulong)allocation.Bytes;

    /// <summary>The allocation.</summary>
    public Allocation Allocation => allocation;

    /// <summary>Whether all of it was written before the launch, so that nothing has to be looked up.</summary>
    public bool IsWhole { get; } = allocation.IsWritten(0, allocation.Bytes);

    /// <summary>What the worker's block did to it; null where nothing the launch does to it can clash.</summary>
    public AccessHistory? InBlock { get; init; }

    /// <summary>What the launch's blocks did to it; null where they cannot clash.</summary>
    public GridHistory? InGrid { get; init; }

    /// <summary>Its sectors that the worker's blocks touched; null while nothing is counted.</summary>
    public SectorSet? Sectors { get; init; }

    /// <summary>Whether an address lies in it.</summary>
    public bool Holds(ulong address) => address >= allocation.Address && address < _end;

    /// <summary>The offset of an address.</summary>
    public long OffsetOf(ulong address) => (long)(address - allocation.Address);

    /// <summary>Name and offset of an address.</summary>
    public string NameOf(ulong address) => $"{allocation.Name}+{address - allocation.Address}";

    /// <summary>Which of 32 lanes have an address in it.</summary>
    public uint LanesIn(ulong* addresses)
    {
        // Addresses lie below 2^63: signed comparisons do.
        var below = Vector256.Create((long)allocation.Address - 1);
        var end = Vector256.Create((long)_end);
        var lanes = 0U;
        for (var lane = 0; lane < 32; lane += 4)
        {
            var address = Vector256.Load((long*)addresses + lane);
            var inside = Vector256.GreaterThan(address, below) & Vector256.LessThan(address, end);
            lanes |= inside.ExtractMostSignificantBits() << lane;
        }
        return lanes;
    }
}

/// <summary>The allocations that a worker's accesses went to. Most instructions stay in one, so each remembers its last.</summary>
internal sealed unsafe class AllocationViews(LaunchContext context, Func<Allocation, AllocationView> open)
{
    private readonly AllocationView?[] _last = new AllocationView?[context.Instructions.Count];
    private readonly Dictionary<Allocation, AllocationView> _views = [];

    /// <summary>All that were opened.</summary>
    public IEnumerable<AllocationView> All => _views.Values;

    /// <summary>The allocation of an access's first lane among those given, and which of the lanes lie in it.</summary>
    /// <param name="access">The access.</param>
    /// <param name="lanes">Those of its lanes that have not been dealt with, at least one.</param>
    /// <param name="inside">Those that lie in the allocation.</param>
    public AllocationView Of(in WarpAccess access, uint lanes, out uint inside)
    {
        var first = access.Addresses[BitOperations.TrailingZeroCount(lanes)];
        ref var last = ref _last[access.Instruction];
        if (last is null || !last.Holds(first))
        {
            var allocation = context.Memory.Find(first)!;
            if (!_views.TryGetValue(allocation, out last))
                _views.Add(allocation, last = open(allocation));
        }
        inside = last.LanesIn(access.Addresses) & lanes;
        return last;
    }
}
