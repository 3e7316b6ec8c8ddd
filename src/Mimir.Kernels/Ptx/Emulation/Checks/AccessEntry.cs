namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>An access as a race detector remembers it, in 64 bits: time, instruction, thread, and whether it was strong. The time stands on top, so
/// that one signed comparison tells what the last barrier has settled; 0 is no access.</summary>
internal static class AccessEntry
{
    /// <summary>Bits of the thread's number.</summary>
    public const long ThreadMask = 0x3FFL << ThreadShift;

    /// <summary>One thread more.</summary>
    public const long NextThread = 1L << ThreadShift;

    /// <summary>Entries at or above this are asynchronous copies that nobody has waited for.</summary>
    public const long Pending = (long)int.MaxValue << TimeShift;

    /// <summary>Set for an atomic or strong access.</summary>
    public const long Strong = 1;

    private const int ThreadShift = 2;
    private const int InstructionShift = 12;
    private const int TimeShift = 32;
    private const int MaximumInstruction = (1 << (TimeShift - InstructionShift)) - 1;

    /// <summary>An access.</summary>
    public static long Of(uint time, int instruction, int thread, bool isStrong) =>
        (long)time << TimeShift | Place(instruction, thread) | (isStrong ? Strong : 0);

    /// <summary>The shared side of a cp.async that was issued and not waited for.</summary>
    public static long OfPending(int instruction, int thread) => Pending | Place(instruction, thread);

    /// <summary>The smallest entry of a time.</summary>
    public static long At(uint time) => (long)time << TimeShift;

    /// <summary>When it was made.</summary>
    public static uint TimeOf(long entry) => (uint)(entry >> TimeShift);

    /// <summary>By which instruction.</summary>
    public static int InstructionOf(long entry) => (int)(entry >> InstructionShift) & MaximumInstruction;

    /// <summary>By which thread: warp · 32 + lane.</summary>
    public static int ThreadOf(long entry) => (int)(entry & ThreadMask) >> ThreadShift;

    /// <summary>Whether two were made by one thread.</summary>
    public static bool IsSameThread(long left, long right) => ((left ^ right) & ThreadMask) == 0;

    private static long Place(int instruction, int thread) =>
        (long)Math.Min(instruction, MaximumInstruction) << InstructionShift | (long)thread << ThreadShift;
}
