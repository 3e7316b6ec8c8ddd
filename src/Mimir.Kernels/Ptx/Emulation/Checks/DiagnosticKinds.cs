namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The names of what a run can find: <see cref="PtxDiagnostic.Kind"/>.</summary>
public static class DiagnosticKinds
{
    /// <summary>An access outside, or partly outside, what it may touch: a live allocation, shared memory, a local array.</summary>
    public const string OutOfBounds = "out-of-bounds";

    /// <summary>An access to memory that was freed.</summary>
    public const string UseAfterFree = "use-after-free";

    /// <summary>An address that is no multiple of the size of the access.</summary>
    public const string Misaligned = "misaligned";

    /// <summary>A read of global bytes that neither the host nor a kernel ever wrote.</summary>
    public const string UninitialisedGlobal = "uninitialised-global";

    /// <summary>A read of shared bytes that no thread of the block has written.</summary>
    public const string UninitialisedShared = "uninitialised-shared";

    /// <summary>A read of local bytes that the thread has not written.</summary>
    public const string UninitialisedLocal = "uninitialised-local";

    /// <summary>Two accesses of one block to a shared byte that nothing orders.</summary>
    public const string SharedRace = "shared-race";

    /// <summary>Two accesses of one launch to a global byte that nothing orders.</summary>
    public const string GlobalRace = "global-race";

    /// <summary>A cp.async whose bytes are touched before its wait.</summary>
    public const string AsyncCopyPending = "cp-async-pending";

    /// <summary>A block that ends before it has waited for its cp.async copies.</summary>
    public const string AsyncCopyUnwaited = "cp-async-unwaited";

    /// <summary>ld.global.nc of bytes that the same launch writes.</summary>
    public const string NonCoherentRead = "nc-read-of-written";

    /// <summary>A result that no thread wrote wholly.</summary>
    public const string UnwrittenOutput = "unwritten-output";

    /// <summary>A barrier or another .aligned instruction that only a part of a warp's live lanes, or different instructions, take part in.</summary>
    public const string DivergentBarrier = "divergent-barrier";

    /// <summary>A barrier's thread count is not a multiple of 32 or smaller than its participants, or its uses do not fit each other.</summary>
    public const string BarrierCount = "barrier-count";

    /// <summary>No thread can go on and some wait.</summary>
    public const string Deadlock = "deadlock";

    /// <summary>A warp instruction's member mask is not what its lanes need.</summary>
    public const string MemberMask = "member-mask";

    /// <summary>An undefined lane's value: a shuffle from a lane that is exited or outside the mask.</summary>
    public const string ShuffleSource = "shuffle-source";

    /// <summary>bra.uni with lanes that do not agree.</summary>
    public const string DivergentBranch = "divergent-branch";

    /// <summary>A thread that jumps backwards without end and sees nothing change.</summary>
    public const string EndlessLoop = "endless-loop";

    /// <summary>An integer division by zero.</summary>
    public const string DivisionByZero = "division-by-zero";

    /// <summary>An address that does not lie in the window of its state space.</summary>
    public const string WrongSpace = "wrong-space";

    /// <summary>trap or brkpt.</summary>
    public const string Trap = "trap";

    /// <summary>Memory that was still allocated when its context ended.</summary>
    public const string Leak = "leak";

    /// <summary>An address that was freed twice or never allocated.</summary>
    public const string InvalidFree = "invalid-free";
}
