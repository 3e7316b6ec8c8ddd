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

/// <summary>Classes of instructions, by the unit that works on them.</summary>
public enum InstructionClass
{
    Float32,
    Float64,

    /// <summary>f16 and bf16 arithmetic outside the tensor cores.</summary>
    Float16,

    /// <summary>Integer arithmetic and comparison.</summary>
    Integer,

    /// <summary>Bitwise operations, shifts, permutations, bit counts.</summary>
    Logic,
    Conversion,

    /// <summary>Approximate functions and IEEE division and roots of f32.</summary>
    SpecialFunction,
    Tensor,
    LoadGlobal,
    StoreGlobal,
    LoadShared,
    StoreShared,
    LoadLocal,
    StoreLocal,
    LoadConstant,

    /// <summary>ld.param.</summary>
    LoadParameter,

    /// <summary>A load or store through a generic address.</summary>
    Generic,

    /// <summary>cp.async with its commit and wait.</summary>
    AsyncCopy,
    Atomic,

    /// <summary>Branches, exits, traps.</summary>
    Control,

    /// <summary>Barriers, warp synchronisation and fences.</summary>
    Barrier,

    /// <summary>Shuffles, votes, matches, reductions over a warp.</summary>
    Warp,

    /// <summary>Moves and selections.</summary>
    Move,
}

/// <summary>Traffic of global memory.</summary>
/// <param name="Requests">Warp instructions that access global memory.</param>
/// <param name="Sectors">32-byte sectors that they touch, each request for itself.</param>
/// <param name="IdealSectors">The sectors that the same distinct bytes would need if they were contiguous and aligned.</param>
/// <param name="Lines">Distinct 128-byte lines a request, summed.</param>
/// <param name="BytesAsked">Bytes that lanes ask for; what several lanes ask for at once counts once.</param>
/// <param name="AtomicAddresses">Distinct addresses of atomic requests, summed.</param>
/// <param name="AtomicConflicts">Lanes of atomic requests beyond those: they queue behind another lane at their address.</param>
public sealed record GlobalTraffic(
    long Requests, long Sectors, long IdealSectors, long Lines, long BytesAsked, long AtomicAddresses, long AtomicConflicts)
{
    /// <summary>Sectors a request; 4 for a coalesced access of 4 bytes a lane.</summary>
    public double SectorsPerRequest => Requests == 0 ? 0 : (double)Sectors / Requests;

    /// <summary>Bytes asked for over bytes moved, in [0, 1].</summary>
    public double Efficiency => Sectors == 0 ? 1 : BytesAsked / (32.0 * Sectors);
}

/// <summary>Traffic of shared memory: 32 banks of 4 bytes.</summary>
/// <param name="Requests">Warp instructions that access shared memory, asynchronous copies into it included.</param>
/// <param name="Wavefronts">Passes over the banks that they need.</param>
/// <param name="IdealWavefronts">Passes that they would need without bank conflicts.</param>
public sealed record SharedTraffic(long Requests, long Wavefronts, long IdealWavefronts)
{
    /// <summary>Passes that bank conflicts cost.</summary>
    public long BankConflicts => Wavefronts - IdealWavefronts;
}

/// <summary>Figures of one instruction of a kernel.</summary>
/// <param name="Line">Its line in the PTX file.</param>
/// <param name="Text">The opcode with its modifiers.</param>
/// <param name="Warps">Warp instructions issued.</param>
/// <param name="Lanes">Lanes that executed it.</param>
/// <param name="Sectors">Global sectors.</param>
/// <param name="IdealSectors">Global sectors if coalesced.</param>
/// <param name="Wavefronts">Shared-memory wavefronts.</param>
/// <param name="Conflicts">Of those, the ones that bank conflicts cost.</param>
/// <param name="DivergentBranches">Times that its lanes parted here.</param>
public sealed record LineCounters(
    int Line, string Text, long Warps, long Lanes, long Sectors, long IdealSectors, long Wavefronts, long Conflicts, long DivergentBranches);

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

    /// <summary>Mean number of groups in flight at a wait; 0 without one.</summary>
    public required double AsyncCopyDepth { get; init; }

    /// <summary>Every instruction that was executed, in the order of the file.</summary>
    public required IReadOnlyList<LineCounters> Lines { get; init; }

    /// <summary>Lanes a warp instruction, of 32.</summary>
    public double AverageActiveLanes => Instructions.Warps == 0 ? 0 : (double)Instructions.Lanes / Instructions.Warps;

    /// <summary>Share of conditional branches at which all lanes went one way, in [0, 1].</summary>
    public double BranchEfficiency => Branches == 0 ? 1 : 1 - (double)DivergentBranches / Branches;

    /// <summary>Floating-point operations a byte of <see cref="MemoryBytes"/>.</summary>
    public double ArithmeticIntensity => MemoryBytes == 0 ? 0 : (double)Flops / MemoryBytes;
}
