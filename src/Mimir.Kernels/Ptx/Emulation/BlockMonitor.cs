namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What a memory access does.</summary>
internal enum AccessKind
{
    Load,
    Store,
    Atomic,

    /// <summary>The global side of cp.async, at its issue.</summary>
    AsyncRead,

    /// <summary>The shared side of cp.async, at its issue: until the issuing lane's wait nobody may touch these bytes.</summary>
    AsyncIssue,

    /// <summary>The shared side of cp.async, at the wait that guarantees it (also where the data was copied earlier).</summary>
    AsyncWrite,

    /// <summary>ldmatrix: 16-byte rows, of the lanes that give an address.</summary>
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

    /// <summary>The lanes that take part.</summary>
    public required uint Lanes { get; init; }

    /// <summary>Bytes a lane, the whole vector.</summary>
    public required int Bytes { get; init; }

    /// <summary>32 addresses: device addresses for global and const, offsets in the block's window for shared, in the thread's for local.</summary>
    public required ulong* Addresses { get; init; }

    /// <summary>What a store writes: the bytes of lane i stand at i · <see cref="Bytes"/>. Null where it is not a plain store.</summary>
    public byte* Values { get; init; }

    /// <summary>The warp's number in its block.</summary>
    public required int Warp { get; init; }
}

/// <summary>What the interpreter tells while it runs the blocks of a launch. Every worker thread has its own; they are merged at the end
/// by <see cref="MonitorFactory.Collect"/>.</summary>
internal abstract unsafe class BlockMonitor
{
    /// <summary>A block begins. Shared memory is uninitialised.</summary>
    /// <param name="block">Its place in the grid.</param>
    /// <param name="shared">Its shared memory, <see cref="LaunchContext.SharedBytes"/> long, until <see cref="EndBlock"/>.</param>
    public abstract void BeginBlock(Dim3 block, byte* shared);

    /// <summary>An access is about to take place.</summary>
    public abstract void OnAccess(in WarpAccess access);

    /// <summary>A conditional branch: the lanes that run it and those of them that jump.</summary>
    public abstract void OnBranch(int instruction, uint lanes, uint taken);

    /// <summary>A barrier completed at which every live warp of the block waited.</summary>
    public abstract void OnBlockBarrier(int instruction);

    /// <summary>A warp arrived at a barrier without waiting (bar.arrive).</summary>
    public abstract void OnBarrierArrive(int instruction, int barrier, int warp);

    /// <summary>A barrier completed at which not every live warp waited.</summary>
    /// <param name="instruction">Where.</param>
    /// <param name="barrier">Its number.</param>
    /// <param name="warps">Bit w is warp w: those that waited.</param>
    public abstract void OnPartialBarrier(int instruction, int barrier, uint warps);

    /// <summary>Lanes of a warp were ordered by bar.warp.sync. (The other .sync instructions order no memory.)</summary>
    public abstract void OnWarpSync(int instruction, int warp, uint lanes);

    /// <summary>A fence by a warp's lanes; device-wide or wider when <paramref name="isGlobal"/>.</summary>
    public abstract void OnFence(int instruction, int warp, uint lanes, bool isGlobal);

    /// <summary>Lanes of a warp waited for their asynchronous copies; told before the copies that the wait guarantees.</summary>
    /// <param name="instruction">Where.</param>
    /// <param name="warp">The warp.</param>
    /// <param name="lanes">Its lanes.</param>
    /// <param name="pendingGroups">Groups in flight before the wait, of the lane with the most.</param>
    public abstract void OnAsyncWait(int instruction, int warp, uint lanes, int pendingGroups);

    /// <summary>A block is through.</summary>
    public abstract void EndBlock();
}
