using System.Numerics;
using System.Runtime.CompilerServices;
using Mimir.Kernels.Ptx.Analysis;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Which memory a kernel can write: the pointers, from parameters and variables, that reach the address of a store. Accesses to everything
/// else need no record to find races. Pointers are followed through the registers along the flow of control.</summary>
internal sealed class StoreTargets
{
    // A set of pointers is a word: this bit stands for those whose origin is not known, such as pointers read from memory; the others for _sources.
    private const ulong Anywhere = 1UL << 63;
    private const int MostSources = 63;

    private static readonly ConditionalWeakTable<PtxFunction, StoreTargets> s_known = [];

    private readonly List<(int Parameter, string? Variable)> _sources = [];
    private readonly List<PtxRegister> _registers = [];
    private readonly ulong _written;

    private StoreTargets(PtxFunction kernel)
    {
        var graph = ControlFlowGraph.Of(kernel);
        var entries = new ulong[graph.Blocks.Count][];
        for (var block = 0; block < entries.Length; block++)
            entries[block] = new ulong[kernel.Registers.Count];
        var waiting = new Queue<int>(Enumerable.Range(0, entries.Length));
        while (waiting.TryDequeue(out var index))
        {
            var block = graph.Blocks[index];
            var reaching = (ulong[])entries[index].Clone();
            for (var i = block.Start; i < block.End; i++)
            {
                _written |= Written(kernel.Instructions[i], reaching);
                Follow(kernel.Instructions[i], reaching);
            }
            foreach (var successor in block.Successors.Where(successor => successor < entries.Length))
            {
                if (Join(entries[successor], reaching))
                    waiting.Enqueue(successor);
            }
        }
    }

    /// <summary>What a kernel can write.</summary>
    public static StoreTargets Of(PtxFunction kernel) => s_known.GetValue(kernel, static function => new StoreTargets(function));

    /// <summary>The test for a launch's allocations.</summary>
    /// <param name="parameters">The parameter block.</param>
    /// <param name="find">The allocation that holds an address.</param>
    public Func<Allocation, bool> In(ReadOnlySpan<byte> parameters, Func<ulong, Allocation?> find)
    {
        if ((_written & Anywhere) != 0)
            return _ => true;
        var targets = new HashSet<Allocation>();
        var variables = new HashSet<string>();
        for (var rest = _written; rest != 0; rest &= rest - 1)
        {
            var (parameter, variable) = _sources[BitOperations.TrailingZeroCount(rest)];
            if (variable is not null)
                variables.Add(variable);
            else if (find(BitConverter.ToUInt64(parameters[parameter..])) is { } allocation)
                targets.Add(allocation);
        }
        return allocation => targets.Contains(allocation) || variables.Contains(allocation.Name);
    }

    private static bool Join(ulong[] into, ulong[] other)
    {
        var changed = false;
        for (var i = 0; i < into.Length; i++)
        {
            changed |= (other[i] & ~into[i]) != 0;
            into[i] |= other[i];
        }
        return changed;
    }

    /// <summary>The pointers that reach the address an instruction writes to.</summary>
    private ulong Written(PtxInstruction instruction, ulong[] reaching)
    {
        if (instruction.Opcode == PtxOpcode.Call)
            return Anywhere;
        if (instruction.Opcode is not (PtxOpcode.St or PtxOpcode.Atom or PtxOpcode.Red)
            || instruction.Space is not (StateSpace.Global or StateSpace.Generic))
            return 0;
        var address = instruction.Operands.OfType<AddressOperand>().First();
        if (address.Variable is { } variable)
            return SourceOf((0, variable.Name));
        return address.Register is { } register ? reaching[register.Index] : Anywhere;
    }

    /// <summary>Carries what reaches an instruction's sources over to its destinations.</summary>
    private void Follow(PtxInstruction instruction, ulong[] reaching)
    {
        var carried = instruction.Opcode is PtxOpcode.Ld or PtxOpcode.Ldu or PtxOpcode.Atom ? Loaded(instruction) : Carried(instruction, reaching);
        _registers.Clear();
        InstructionEffects.AddWrites(instruction, _registers);
        foreach (var register in _registers)
            reaching[register.Index] = instruction.Guard is null ? carried : reaching[register.Index] | carried;
    }

    private ulong Carried(PtxInstruction instruction, ulong[] reaching)
    {
        var carried = 0UL;
        _registers.Clear();
        InstructionEffects.AddReads(instruction, _registers);
        foreach (var register in _registers)
            carried |= register.Type == PtxType.Pred ? 0 : reaching[register.Index];
        foreach (var operand in instruction.Operands)
        {
            if (operand is VariableOperand { Variable: { Space: StateSpace.Global } variable })
                carried |= SourceOf((0, variable.Name));
        }
        return carried;
    }

    /// <summary>The pointers that a load brings in: words of the parameter block. What is narrower than 64 bits is none.</summary>
    private ulong Loaded(PtxInstruction load)
    {
        if (load.Types[0].Bits() != 64)
            return 0;
        var address = load.Operands.OfType<AddressOperand>().First();
        if (load.Space != StateSpace.Param || address.Variable is not { } variable || address.Register is not null)
            return Anywhere;
        var first = (int)(variable.Offset + address.Offset);
        return SourceOf((first, null)) | (load.Has(PtxModifier.V2) ? SourceOf((first + sizeof(ulong), null)) : 0);
    }

    private ulong SourceOf((int Parameter, string? Variable) source)
    {
        var index = _sources.IndexOf(source);
        if (index < 0)
        {
            index = _sources.Count;
            _sources.Add(source);
        }
        return index < MostSources ? 1UL << index : Anywhere;
    }
}
