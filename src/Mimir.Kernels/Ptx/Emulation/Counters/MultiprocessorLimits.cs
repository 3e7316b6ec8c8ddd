namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a multiprocessor can hold at once.</summary>
/// <param name="Target">sm_NN.</param>
/// <param name="Warps">Warps.</param>
/// <param name="Blocks">Blocks.</param>
/// <param name="SharedBytes">Bytes of shared memory, all blocks together.</param>
/// <param name="SharedBytesPerBlock">The most that one block can have, after opting in.</param>
public sealed record MultiprocessorLimits(int Target, int Warps, int Blocks, int SharedBytes, int SharedBytesPerBlock)
{
    /// <summary>32-bit registers of a multiprocessor.</summary>
    public const int Registers = 65_536;

    /// <summary>Registers that a thread can have at most.</summary>
    public const int RegistersPerThread = 255;

    /// <summary>Parts of a multiprocessor, each with its scheduler and its share of the registers.</summary>
    public const int Partitions = 4;

    /// <summary>Registers are given to warps in pieces of this many.</summary>
    public const int RegisterGranularity = 256;

    /// <summary>Shared memory is given to blocks in pieces of this many bytes.</summary>
    public const int SharedGranularity = 128;

    /// <summary>Bytes of shared memory that the system keeps of each block.</summary>
    public const int SystemSharedBytes = 1024;

    /// <summary>Those that are known.</summary>
    public static IReadOnlyList<MultiprocessorLimits> All { get; } =
    [
        new(80, 64, 32, 167_936, 166_912),
        new(86, 48, 16, 102_400, 101_376),
        new(89, 48, 24, 102_400, 101_376),
        new(90, 64, 32, 233_472, 232_448),
    ];

    /// <summary>Those of sm_NN.</summary>
    /// <exception cref="ArgumentException">Nothing is known about it.</exception>
    public static MultiprocessorLimits Of(int target) =>
        All.FirstOrDefault(limits => limits.Target == target)
        ?? throw new ArgumentException($"No limits are known for sm_{target}; known: {string.Join(", ", All.Select(limits => $"sm_{limits.Target}"))}.");
}
