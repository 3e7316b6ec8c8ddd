using System.Collections.Frozen;
using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Which registers an instruction reads and writes.</summary>
internal static class InstructionEffects
{
    private static readonly FrozenSet<PtxOpcode> Writers =
        InstructionTable.All.Where(row => row.Operands.Count > 0 && row.Operands[0].IsDestination).Select(row => row.Opcode).ToFrozenSet();

    /// <summary>Whether the first operand is written. Of the barriers only the reductions give a result.</summary>
    public static bool HasDestination(PtxInstruction instruction) =>
        Writers.Contains(instruction.Opcode) && (instruction.Opcode != PtxOpcode.Bar || instruction.Has(PtxModifier.Reduction));

    /// <summary>Whether nothing but its destinations shows that it ran.</summary>
    public static bool IsPure(PtxInstruction instruction) => instruction.Opcode switch
    {
        PtxOpcode.Atom or PtxOpcode.Shfl or PtxOpcode.Vote or PtxOpcode.Match or PtxOpcode.Redux or PtxOpcode.Bar or PtxOpcode.Mma => false,
        PtxOpcode.Ld => !instruction.Has(PtxModifier.Volatile) && !instruction.Has(PtxModifier.Relaxed) && !instruction.Has(PtxModifier.Acquire),
        PtxOpcode.Add or PtxOpcode.Addc or PtxOpcode.Sub or PtxOpcode.Subc or PtxOpcode.Mad or PtxOpcode.Madc => !instruction.Has(PtxModifier.Cc),
        _ => HasDestination(instruction),
    };

    /// <summary>Adds the registers that it writes.</summary>
    public static void AddWrites(PtxInstruction instruction, List<PtxRegister> registers)
    {
        if (HasDestination(instruction))
            AddValues(instruction.Operands[0], registers);
        else if (instruction.Opcode == PtxOpcode.Call)
            AddAll(((CallOperand)instruction.Operands[0]).Returns, registers);
    }

    /// <summary>Adds the registers that it reads: sources, bases of addresses, the guard.</summary>
    public static void AddReads(PtxInstruction instruction, List<PtxRegister> registers)
    {
        for (var i = HasDestination(instruction) ? 1 : 0; i < instruction.Operands.Count; i++)
            AddValues(instruction.Operands[i], registers);
        if (instruction.Guard is { } guard)
            registers.Add(guard.Register);
    }

    private static void AddAll(IReadOnlyList<PtxOperand> operands, List<PtxRegister> registers)
    {
        foreach (var operand in operands)
            AddValues(operand, registers);
    }

    private static void AddValues(PtxOperand operand, List<PtxRegister> registers)
    {
        switch (operand)
        {
            case RegisterOperand value:
                registers.Add(value.Register);
                break;
            case AddressOperand { Register: { } register }:
                registers.Add(register);
                break;
            case VectorOperand vector:
                AddAll(vector.Elements, registers);
                break;
            case CallOperand call:
                AddAll(call.Arguments, registers);
                break;
            case PairOperand pair:
                AddValues(pair.First, registers);
                AddValues(pair.Second, registers);
                break;
        }
    }
}
