using System.Collections.Concurrent;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What the workers of a launch share while they check it.</summary>
internal sealed class LaunchRecords : IDisposable
{
    private readonly ConcurrentDictionary<Allocation, GridHistory> _histories = new();
    private readonly Func<Allocation, bool> _isTarget;

    /// <summary>Nothing has run yet.</summary>
    public LaunchRecords(LaunchContext context)
    {
        var guesses = CompareGuesses.Of(context.Instructions);
        Rules = [.. context.Instructions.Select((instruction, i) => AccessRule.Of(instruction, guesses[i]))];
        HasSignals = context.Instructions.Any(instruction => instruction.Opcode is PtxOpcode.Fence or PtxOpcode.Membar)
            || Rules.Any(rule => rule.Acquires || rule.Releases);
        CellShift = CellShiftOf(context.Instructions);
        _isTarget = StoreTargets.Of(context.Kernel).In(context.Parameters, context.Memory.Find);
    }

    /// <summary>What the kernel's instructions say about their accesses, by index.</summary>
    public AccessRule[] Rules { get; }

    /// <summary>Whether blocks or warps may signal each other behind fences.</summary>
    public bool HasSignals { get; }

    /// <summary>Whether the kernel reads by ld.global.nc.</summary>
    public bool HasNonCoherentReads => Rules.Any(rule => rule.IsNonCoherent);

    /// <summary>The signals between blocks.</summary>
    public GridFlags Flags { get; } = new();

    /// <summary>Binary logarithm of the smallest access of the kernel: 0, 1 or 2.</summary>
    public int CellShift { get; }

    /// <summary>The histories that were opened.</summary>
    public IEnumerable<GridHistory> Histories => _histories.Values.OrderBy(history => history.Allocation.Address);

    /// <summary>Whether the launch may write an allocation, so that accesses to it have to be recorded.</summary>
    public bool IsTarget(Allocation allocation) => _isTarget(allocation);

    /// <summary>What the blocks of the launch did to an allocation.</summary>
    public GridHistory HistoryOf(Allocation allocation) =>
        _histories.GetOrAdd(allocation, static (of, shift) => new GridHistory(of, shift), CellShift);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var history in _histories.Values)
            history.Dispose();
    }

    private static int CellShiftOf(IEnumerable<PtxInstruction> instructions)
    {
        var smallest = sizeof(uint);
        foreach (var instruction in instructions)
        {
            if (instruction.Opcode is PtxOpcode.Ld or PtxOpcode.Ldu or PtxOpcode.St or PtxOpcode.Atom or PtxOpcode.Red
                && instruction.Space is not StateSpace.Param)
                smallest = Math.Min(smallest, instruction.Types[^1].Bytes());
        }
        return int.Log2(smallest);
    }
}
