namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a memory access does.</summary>
internal enum AccessKind
{
    Load,
    Store,
    Atomic,

    /// <summary>The global side of cp.async, at its issue.</summary>
    AsyncRead,

    /// <summary>The shared side of cp.async, when the data arrives.</summary>
    AsyncWrite,

    /// <summary>ldmatrix: 16-byte rows.</summary>
    Matrix,
}

/// <summary>One warp instruction's access to one state space, before it takes place, with in-range, aligned addresses.</summary>
internal readonly unsafe struct WarpAccess
{
    /// <summary>Index of the instruction in its function.</summary>
    public required int Instruction { get; init; }

    /// <summary>Global, shared, local or const: generic addresses are resolved already.</summary>
    public required StateSpace Space { get; init; }

    /// <summary>What it does.</summary>
    public required AccessKind Kind { get; init; }

    /// <summary>Whether a racing access is allowed to see it torn from others: .volatile, .relaxed and stronger.</summary>
    public bool IsStrong { get; init; }

    /// <summary>The lanes that take part.</summary>
    public required uint Lanes { get; init; }

    /// <summary>Bytes a lane, the whole vector.</summary>
    public required int Bytes { get; init; }

    /// <summary>32 addresses: device addresses for global and const, offsets in the block's window for shared, in the thread's for local.</summary>
    public required ulong* Addresses { get; init; }

    /// <summary>The warp's number in its block.</summary>
    public required int Warp { get; init; }
}

/// <summary>What the interpreter tells while it runs the blocks of a launch. Every worker thread has its own; they are merged at the end.</summary>
internal abstract class BlockMonitor
{
    /// <summary>A block begins. Shared memory is uninitialised.</summary>
    public abstract void BeginBlock(Dim3 block);

    /// <summary>An access is about to take place.</summary>
    public abstract void OnAccess(in WarpAccess access);

    /// <summary>A conditional branch: the lanes that run it and those of them that jump.</summary>
    public abstract void OnBranch(int instruction, uint lanes, uint taken);

    /// <summary>All warps of the block have passed a barrier that covers the whole block.</summary>
    public abstract void OnBlockBarrier(int instruction);

    /// <summary>A named barrier joined some warps only.</summary>
    /// <param name="instruction">Where.</param>
    /// <param name="warps">Bit w is warp w.</param>
    public abstract void OnPartialBarrier(int instruction, uint warps);

    /// <summary>Lanes of a warp were ordered: bar.warp.sync, or a .sync instruction (<paramref name="ordersMemory"/> false).</summary>
    public abstract void OnWarpSync(int instruction, int warp, uint lanes, bool ordersMemory);

    /// <summary>A fence by a warp's lanes; device-wide or wider when <paramref name="isGlobal"/>.</summary>
    public abstract void OnFence(int instruction, int warp, uint lanes, bool isGlobal);

    /// <summary>A block is through.</summary>
    public abstract void EndBlock();
}
