namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Finds the parameter that a pointer was made of.</summary>
internal sealed class PointerOrigins(RegisterDefinitions definitions)
{
    /// <summary>Pointers of loops have two definitions, from each of which the way goes on; longer chains are given up.</summary>
    private const int MaximumSteps = 64;

    /// <summary>The parameter whose buffer an instruction accesses; null when it is not known.</summary>
    public PtxVariable? Of(PtxInstruction instruction)
    {
        var address = instruction.Operands.OfType<AddressOperand>().FirstOrDefault();
        return address?.Register is { } register ? Of(register, MaximumSteps) : null;
    }

    private PtxVariable? Of(PtxRegister register, int steps)
    {
        if (steps == 0 || definitions.Writers(register) is not [var writer, ..])
            return null;
        var instruction = definitions.Function.Instructions[writer];
        switch (instruction.Opcode)
        {
            case PtxOpcode.Ld when instruction.Space == StateSpace.Param && instruction.Operands[1] is AddressOperand { Variable: { } parameter, Offset: 0 }:
                return parameter.Bytes == 8 ? parameter : null;
            case PtxOpcode.Cvta or PtxOpcode.Mov or PtxOpcode.Add or PtxOpcode.Sub or PtxOpcode.Mad:
                return instruction.Operands.Skip(1)
                    .OfType<RegisterOperand>()
                    .Where(operand => operand.Register.Type.Bits() == 64 && operand.Register != register)
                    .Select(operand => Of(operand.Register, steps - 1))
                    .FirstOrDefault(origin => origin is not null);
            default:
                return null;
        }
    }
}
