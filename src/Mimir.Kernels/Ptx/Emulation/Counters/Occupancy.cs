namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What keeps more blocks off a multiprocessor.</summary>
public enum OccupancyLimit
{
    /// <summary>The number of blocks.</summary>
    Blocks,

    /// <summary>The number of warps.</summary>
    Warps,

    /// <summary>Registers.</summary>
    Registers,

    /// <summary>Shared memory.</summary>
    SharedMemory,
}

/// <summary>How many blocks of a launch fit on a multiprocessor at once, by its limits alone.</summary>
/// <param name="Target">sm_NN.</param>
/// <param name="RegistersPerThread">The registers that were counted with.</param>
/// <param name="Blocks">Blocks a multiprocessor; 0 where not even one fits.</param>
/// <param name="Warps">Warps a multiprocessor.</param>
/// <param name="MaximumWarps">The most it can hold.</param>
/// <param name="LimitedBy">What is used up first; of several the earliest in the enumeration.</param>
public sealed record Occupancy(int Target, int RegistersPerThread, int Blocks, int Warps, int MaximumWarps, OccupancyLimit LimitedBy)
{
    /// <summary>Warps over the most, in [0, 1].</summary>
    public double Fraction => (double)Warps / MaximumWarps;

    /// <summary>The occupancy of a launch.</summary>
    /// <param name="limits">Of the multiprocessor.</param>
    /// <param name="threads">Threads a block, at least 1.</param>
    /// <param name="registersPerThread">Registers a thread.</param>
    /// <param name="sharedBytes">Bytes of shared memory a block, static and dynamic.</param>
    public static Occupancy Of(MultiprocessorLimits limits, int threads, int registersPerThread, int sharedBytes)
    {
        var warps = (threads + 31) / 32;
        var shared = RoundUp(sharedBytes + MultiprocessorLimits.SystemSharedBytes, MultiprocessorLimits.SharedGranularity);
        (OccupancyLimit Limit, int Blocks)[] candidates =
        [
            (OccupancyLimit.Blocks, limits.Blocks),
            (OccupancyLimit.Warps, limits.Warps / warps),
            (OccupancyLimit.Registers, BlocksByRegisters(warps, registersPerThread)),
            (OccupancyLimit.SharedMemory, sharedBytes > limits.SharedBytesPerBlock ? 0 : limits.SharedBytes / shared),
        ];
        var (limit, blocks) = candidates.MinBy(candidate => candidate.Blocks);
        return new Occupancy(limits.Target, registersPerThread, blocks, blocks * warps, limits.Warps, limit);
    }

    /// <summary>Registers are given to warps, and a block's warps are spread evenly over the four parts of the multiprocessor.</summary>
    private static int BlocksByRegisters(int warps, int registersPerThread)
    {
        if (registersPerThread > MultiprocessorLimits.RegistersPerThread)
            return 0;
        var perWarp = RoundUp(Math.Max(registersPerThread, 1) * 32, MultiprocessorLimits.RegisterGranularity);
        var warpsPerPartition = MultiprocessorLimits.Registers / MultiprocessorLimits.Partitions / perWarp;
        return warpsPerPartition * MultiprocessorLimits.Partitions / RoundUp(warps, MultiprocessorLimits.Partitions);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
