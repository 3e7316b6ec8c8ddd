namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What stays the same over a launch: what the monitors and messages need to know about it.</summary>
internal sealed class LaunchContext : IDisposable
{
    private LaunchRecords? _records;

    /// <summary>The module.</summary>
    public required PtxModule Module { get; init; }

    /// <summary>The kernel.</summary>
    public required PtxFunction Kernel { get; init; }

    /// <summary>The instructions that indices in monitors' calls and findings mean: the kernel's own, behind them those of the device functions
    /// that it calls.</summary>
    public required IReadOnlyList<PtxInstruction> Instructions { get; init; }

    /// <summary>Global and constant memory.</summary>
    public required EmulatedMemory Memory { get; init; }

    /// <summary>How the launch is emulated.</summary>
    public required EmulatorOptions Options { get; init; }

    /// <summary>Blocks of the grid.</summary>
    public required Dim3 Grid { get; init; }

    /// <summary>Threads of a block.</summary>
    public required Dim3 Block { get; init; }

    /// <summary>Where dynamic shared memory begins in the block's window.</summary>
    public required int DynamicSharedOffset { get; init; }

    /// <summary>Bytes of the block's window in use, static and dynamic.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>Bytes of local memory a thread, of the kernel and of the functions it calls.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>The parameter block.</summary>
    public required byte[] Parameters { get; init; }

    /// <summary>Whether the workers have anything in common to record.</summary>
    public bool HasRecords => _records is not null;

    /// <summary>What the workers' race checks record in common, made at the first use.</summary>
    public LaunchRecords Records => LazyInitializer.EnsureInitialized(ref _records, () => new LaunchRecords(this));

    /// <summary>Warps of a block, the last maybe partial.</summary>
    public int Warps => (int)((Block.Count + 31) / 32);

    /// <inheritdoc/>
    public void Dispose() => _records?.Dispose();

    /// <summary>Number of a block: x runs fastest.</summary>
    public long NumberOf(Dim3 block) => block.X + (long)Grid.X * (block.Y + (long)Grid.Y * block.Z);

    /// <summary>The block of a number.</summary>
    public Dim3 BlockOf(long number) =>
        new((int)(number % Grid.X), (int)(number / Grid.X % Grid.Y), (int)(number / ((long)Grid.X * Grid.Y)));

    /// <summary>The thread of a number in its block, warp · 32 + lane: x runs fastest.</summary>
    public Dim3 ThreadOf(int number) => new(number % Block.X, number / Block.X % Block.Y, number / (Block.X * Block.Y));

    /// <summary>Name and offset of an address in the block's shared window.</summary>
    public string NameShared(ulong offset)
    {
        foreach (var variable in Kernel.Variables.Concat(Module.Variables))
        {
            if (variable.Space == StateSpace.Shared && !variable.IsExternal && offset - (ulong)variable.Offset < (ulong)variable.Bytes)
                return $"{variable.Name}+{offset - (ulong)variable.Offset}";
        }
        if (offset < (ulong)DynamicSharedOffset)
            return $"shared+{offset}";
        var dynamic = Module.Variables.FirstOrDefault(variable => variable.Space == StateSpace.Shared && variable.IsExternal);
        return $"{dynamic?.Name ?? "dynamic shared memory"}+{offset - (ulong)DynamicSharedOffset}";
    }

    /// <summary>Name and offset of an address in a thread's local memory.</summary>
    public string NameLocal(ulong offset)
    {
        foreach (var variable in Kernel.Variables)
        {
            if (variable.Space == StateSpace.Local && offset - (ulong)variable.Offset < (ulong)variable.Bytes)
                return $"{variable.Name}+{offset - (ulong)variable.Offset}";
        }
        return $"local+{offset}";
    }
}
