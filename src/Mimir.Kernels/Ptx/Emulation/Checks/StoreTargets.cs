using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Which memory a kernel can write: the parameters whose values reach the address of a store. Accesses to everything else need no
/// record to find races. Registers are followed without regard to the order of instructions.</summary>
internal sealed class StoreTargets
{
    // A pointer that was itself read from memory: it can lead anywhere.
    private const int Anywhere = -1;

    private static readonly ConditionalWeakTable<PtxFunction, StoreTargets> s_known = [];

    private readonly HashSet<int> _parameters = [];
    private readonly HashSet<string> _variables = [];

    private StoreTargets(PtxFunction kernel)
    {
        var reaches = new HashSet<int>[kernel.Registers.Count];
        var variables = new HashSet<string>[kernel.Registers.Count];
        for (var i = 0; i < reaches.Length; i++)
            (reaches[i], variables[i]) = ([], []);
        while (kernel.Instructions.Aggregate(false, (changed, instruction) => changed | Follow(instruction, reaches, variables)))
        {
        }
        foreach (var instruction in kernel.Instructions)
        {
            if (instruction.Opcode == PtxOpcode.Call)
                _parameters.Add(Anywhere);
            if (instruction.Opcode is not (PtxOpcode.St or PtxOpcode.Atom or PtxOpcode.Red)
                || instruction.Space is not (StateSpace.Global or StateSpace.Generic))
                continue;
            var address = instruction.Operands.OfType<AddressOperand>().First();
            if (address.Variable is { } variable)
                _variables.Add(variable.Name);
            if (address.Register is { } register)
            {
                _parameters.UnionWith(reaches[register.Index]);
                _variables.UnionWith(variables[register.Index]);
            }
            else if (address.Variable is null)
            {
                _parameters.Add(Anywhere);
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
        if (_parameters.Contains(Anywhere))
            return _ => true;
        var targets = new HashSet<Allocation>();
        foreach (var offset in _parameters)
        {
            if (find(BitConverter.ToUInt64(parameters[offset..])) is { } allocation)
                targets.Add(allocation);
        }
        return allocation => targets.Contains(allocation) || _variables.Contains(allocation.Name);
    }

    /// <summary>Carries what reaches an instruction's sources over to its destinations; true when that was news.</summary>
    private static bool Follow(PtxInstruction instruction, HashSet<int>[] reaches, HashSet<string>[] variables)
    {
        if (instruction.Operands.Count < 2 || instruction.Opcode is PtxOpcode.St or PtxOpcode.Red)
            return false;
        var isLoad = instruction.Opcode is PtxOpcode.Ld or PtxOpcode.Ldu or PtxOpcode.Atom;
        var changed = false;
        foreach (var destination in RegistersOf(instruction.Operands[0]))
        {
            var (into, names) = (reaches[destination.Index], variables[destination.Index]);
            var before = into.Count + names.Count;
            if (isLoad)
            {
                if (instruction.Types[0].Bits() == 64)
                    into.UnionWith(LoadedPointers(instruction));
            }
            else
            {
                foreach (var operand in instruction.Operands.Skip(1))
                {
                    if (operand is VariableOperand { Variable: { Space: StateSpace.Global } variable })
                        names.Add(variable.Name);
                    foreach (var source in RegistersOf(operand))
                    {
                        into.UnionWith(reaches[source.Index]);
                        names.UnionWith(variables[source.Index]);
                    }
                }
            }
            changed |= into.Count + names.Count != before;
        }
        return changed;
    }

    /// <summary>The words of the parameter block that a 64-bit load brings in.</summary>
    private static IEnumerable<int> LoadedPointers(PtxInstruction load)
    {
        var address = load.Operands.OfType<AddressOperand>().First();
        if (load.Space != StateSpace.Param || address.Variable is not { } variable || address.Register is not null)
            return [Anywhere];
        var count = load.Has(PtxModifier.V2) ? 2 : 1;
        return Enumerable.Range(0, count).Select(word => (int)(variable.Offset + address.Offset) + word * sizeof(ulong));
    }

    private static IEnumerable<PtxRegister> RegistersOf(PtxOperand operand) => operand switch
    {
        RegisterOperand register => [register.Register],
        VectorOperand vector => vector.Elements.SelectMany(RegistersOf),
        PairOperand pair => RegistersOf(pair.First).Concat(RegistersOf(pair.Second)),
        _ => [],
    };
}
