namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a kind of instruction costs: warp instructions issued, and lanes that executed them.</summary>
/// <param name="Warps">Warp instructions.</param>
/// <param name="Lanes">Lane instructions.</param>
public readonly record struct InstructionCount(long Warps, long Lanes)
{
    /// <summary>Both added.</summary>
    public static InstructionCount operator +(InstructionCount left, InstructionCount right) =>
        new(left.Warps + right.Warps, left.Lanes + right.Lanes);
}

/// <summary>What a launch executed and moved; the same whatever the number of worker threads.</summary>
public sealed record KernelCounters
{
    /// <summary>The kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Blocks of the grid.</summary>
    public required Dim3 Grid { get; init; }

    /// <summary>Threads of a block.</summary>
    public required Dim3 Block { get; init; }

    /// <summary>Bytes of shared memory a block, static and dynamic.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>Registers a thread, estimated.</summary>
    public required RegisterEstimate Registers { get; init; }

    /// <summary>How much of a multiprocessor the launch can fill with those registers, for every known target.</summary>
    public required IReadOnlyList<Occupancy> Occupancies { get; init; }

    /// <summary>Launches that the figures cover.</summary>
    public long Launches { get; init; } = 1;

    /// <summary>Warp and lane instructions executed.</summary>
    public required InstructionCount Instructions { get; init; }

    /// <summary>The same by class; classes that did not occur are missing.</summary>
    public required IReadOnlyDictionary<InstructionClass, InstructionCount> Classes { get; init; }

    /// <summary>Conditional branches run by warps.</summary>
    public required long Branches { get; init; }

    /// <summary>Of those, the ones at which the lanes parted.</summary>
    public required long DivergentBranches { get; init; }

    /// <summary>Global memory.</summary>
    public required GlobalTraffic Global { get; init; }

    /// <summary>Shared memory.</summary>
    public required SharedTraffic Shared { get; init; }

    /// <summary>Bytes of local memory moved by lanes: spills and arrays.</summary>
    public required long LocalBytes { get; init; }

    /// <summary>Floating-point operations: an fma is 2, add, subtract and multiply 1, an mma 2·M·N·K.</summary>
    public required long Flops { get; init; }

    /// <summary>Of those, the ones of mma.</summary>
    public required long TensorFlops { get; init; }

    /// <summary>Bytes that DRAM must move at least: 32 for every distinct sector that the launch reads, and for every one that it writes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Times that a warp waited at a barrier.</summary>
    public required long Barriers { get; init; }

    /// <summary>Bytes that cp.async brought into shared memory.</summary>
    public required long AsyncCopyBytes { get; init; }

    /// <summary>Groups that warps committed.</summary>
    public required long AsyncCopyGroups { get; init; }

    /// <summary>Waits of warps for their copies.</summary>
    public required long AsyncCopyWaits { get; init; }

    /// <summary>Groups in flight at those waits, summed.</summary>
    public required long AsyncCopyGroupsAtWaits { get; init; }

    /// <summary>Every instruction that was executed, in the order of the file.</summary>
    public required IReadOnlyList<LineCounters> Lines { get; init; }

    /// <summary>Lanes a warp instruction, of 32.</summary>
    public double AverageActiveLanes => Instructions.Warps == 0 ? 0 : (double)Instructions.Lanes / Instructions.Warps;

    /// <summary>Share of conditional branches at which all lanes went one way, in [0, 1].</summary>
    public double BranchEfficiency => Branches == 0 ? 1 : 1 - (double)DivergentBranches / Branches;

    /// <summary>Floating-point operations a byte of <see cref="MemoryBytes"/>.</summary>
    public double ArithmeticIntensity => MemoryBytes == 0 ? 0 : (double)Flops / MemoryBytes;

    /// <summary>Mean number of groups in flight at a wait; 0 without one.</summary>
    public double AsyncCopyDepth => AsyncCopyWaits == 0 ? 0 : (double)AsyncCopyGroupsAtWaits / AsyncCopyWaits;

    /// <summary>The figures of several launches of one kernel together; the launch shape is the first one's.</summary>
    public static KernelCounters Sum(IReadOnlyList<KernelCounters> launches) => launches[0] with
    {
        Launches = launches.Sum(launch => launch.Launches),
        Instructions = launches.Aggregate(default(InstructionCount), (sum, launch) => sum + launch.Instructions),
        Classes = launches.SelectMany(launch => launch.Classes)
            .GroupBy(pair => pair.Key, pair => pair.Value)
            .OrderBy(same => same.Key)
            .ToDictionary(same => same.Key, same => same.Aggregate((sum, count) => sum + count)),
        Branches = launches.Sum(launch => launch.Branches),
        DivergentBranches = launches.Sum(launch => launch.DivergentBranches),
        Global = launches.Select(launch => launch.Global).Aggregate((sum, traffic) => sum + traffic),
        Shared = launches.Select(launch => launch.Shared).Aggregate((sum, traffic) => sum + traffic),
        LocalBytes = launches.Sum(launch => launch.LocalBytes),
        Flops = launches.Sum(launch => launch.Flops),
        TensorFlops = launches.Sum(launch => launch.TensorFlops),
        MemoryBytes = launches.Sum(launch => launch.MemoryBytes),
        Barriers = launches.Sum(launch => launch.Barriers),
        AsyncCopyBytes = launches.Sum(launch => launch.AsyncCopyBytes),
        AsyncCopyGroups = launches.Sum(launch => launch.AsyncCopyGroups),
        AsyncCopyWaits = launches.Sum(launch => launch.AsyncCopyWaits),
        AsyncCopyGroupsAtWaits = launches.Sum(launch => launch.AsyncCopyGroupsAtWaits),
        Lines = [.. launches.SelectMany(launch => launch.Lines)
            .GroupBy(line => line.Instruction)
            .OrderBy(same => same.Key)
            .Select(same => same.Aggregate((sum, line) => sum + line))],
    };
}
