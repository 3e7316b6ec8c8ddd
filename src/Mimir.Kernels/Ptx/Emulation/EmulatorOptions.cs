namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>In which order warps run.</summary>
public enum WarpSchedule
{
    /// <summary>Blocks ascending, warps in turn.</summary>
    InOrder,

    /// <summary>Blocks, warps and the lanes of divergent groups in an order drawn from <see cref="EmulatorOptions.Seed"/>.</summary>
    Random,

    /// <summary>Blocks descending; the warp that last wrote shared memory waits longest.</summary>
    Adversarial,
}

/// <summary>How mma.sync sums.</summary>
public enum MmaModel
{
    /// <summary>Products and sum in float64, one rounding.</summary>
    Fast,

    /// <summary>sm_80: two halves, 24 fraction bits, truncation.</summary>
    Ampere,

    /// <summary>sm_90: one step, 25 fraction bits, truncation.</summary>
    Hopper,
}

/// <summary>When cp.async data arrives.</summary>
public enum AsyncCopyModel
{
    /// <summary>At the wait, so that a missing wait shows.</summary>
    Lazy,

    /// <summary>At once.</summary>
    Eager,
}

/// <summary>How approximate functions round.</summary>
public enum ApproximationModel
{
    /// <summary>float64, rounded once.</summary>
    Exact,

    /// <summary>With deterministic noise inside the documented bound.</summary>
    Perturbed,

    /// <summary>Pushed to the documented bound.</summary>
    Worst,
}

/// <summary>The checks of a run.</summary>
[Flags]
public enum EmulatorChecks
{
    /// <summary>Only what the emulator's own safety needs: an access outside every allocation ends the launch.</summary>
    None = 0,

    /// <summary>Out of bounds with the allocation's name, misaligned, freed.</summary>
    Memory = 1,

    /// <summary>Reads of global and shared bytes that were never written.</summary>
    Initialisation = 2,

    /// <summary>Accesses to one byte that nothing orders.</summary>
    Race = 4,

    /// <summary>Divergent, missing or mismatched barriers and warp masks.</summary>
    Synchronisation = 8,

    /// <summary>Results that no thread wrote.</summary>
    Outputs = 16,

    /// <summary>Everything.</summary>
    All = Memory | Initialisation | Race | Synchronisation | Outputs,
}

/// <summary>How a launch is emulated.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The order of warps and blocks.</summary>
    public WarpSchedule Schedule { get; init; } = WarpSchedule.InOrder;

    /// <summary>Of the random schedule.</summary>
    public ulong Seed { get; init; }

    /// <summary>How mma.sync sums.</summary>
    public MmaModel Mma { get; init; } = MmaModel.Fast;

    /// <summary>When cp.async data arrives.</summary>
    public AsyncCopyModel AsyncCopy { get; init; } = AsyncCopyModel.Lazy;

    /// <summary>How approximate functions round.</summary>
    public ApproximationModel Approximation { get; init; } = ApproximationModel.Exact;

    /// <summary>What is checked.</summary>
    public EmulatorChecks Checks { get; init; } = EmulatorChecks.None;

    /// <summary>Whether instructions, sectors and bank conflicts are counted.</summary>
    public bool Counters { get; init; }

    /// <summary>Blocks worked on at once; 0 takes every processor.</summary>
    public int Threads { get; init; }
}
