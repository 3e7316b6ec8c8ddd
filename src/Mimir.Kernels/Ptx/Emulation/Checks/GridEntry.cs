namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>An access as the blocks of a grid remember it of each other, in 64 bits: block, the block's clock since it began, instruction, thread.
/// The block stands on top, so that the smaller entry is the lower block's; 0 is no access.</summary>
internal static class GridEntry
{
    /// <summary>Set for an atomic or strong access.</summary>
    public const long Strong = 1;

    /// <summary>Set where a write differs from the first write to its cell.</summary>
    public const long Differs = 2;

    /// <summary>Where the block begins.</summary>
    public const int BlockShift = 40;

    /// <summary>One thread more.</summary>
    public const long NextThread = 1L << ThreadShift;

    /// <summary>The last time that is told apart: what a block does later counts as done then.</summary>
    public const uint MaximumTime = (1 << (BlockShift - TimeShift)) - 1;

    private const int ThreadShift = 2;
    private const int InstructionShift = 12;
    private const int TimeShift = 30;
    private const long MaximumBlock = (1L << (63 - BlockShift)) - 2;
    private const int MaximumInstruction = (1 << (TimeShift - InstructionShift)) - 1;

    /// <summary>An access.</summary>
    public static long Of(long block, uint time, int instruction, int thread) =>
        (Math.Min(block, MaximumBlock) + 1) << BlockShift
        | (long)Math.Min(time, MaximumTime) << TimeShift
        | (long)Math.Min(instruction, MaximumInstruction) << InstructionShift
        | (long)thread << ThreadShift;

    /// <summary>By which block; blocks beyond 2^23 − 2 are one.</summary>
    public static long BlockOf(long entry) => (entry >> BlockShift) - 1;

    /// <summary>Whether two are of one block.</summary>
    public static bool IsSameBlock(long left, long right) => (left ^ right) >> BlockShift == 0;

    /// <summary>When, by the block's clock since it began.</summary>
    public static uint TimeOf(long entry) => (uint)(entry >> TimeShift) & MaximumTime;

    /// <summary>By which instruction.</summary>
    public static int InstructionOf(long entry) => (int)(entry >> InstructionShift) & MaximumInstruction;

    /// <summary>By which thread of the block: warp · 32 + lane.</summary>
    public static int ThreadOf(long entry) => (int)(entry >> ThreadShift) & 0x3FF;
}
