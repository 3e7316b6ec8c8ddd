using Mimir.Kernels.Ptx.Syntax;

namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What a row of the table cannot say: relations between operands.</summary>
internal static class InstructionRules
{
    /// <summary>Checks a bound instruction.</summary>
    public static void Check(PtxInstruction instruction, InstructionForm form, int version)
    {
        switch (instruction.Opcode)
        {
            case PtxOpcode.Ld or PtxOpcode.St or PtxOpcode.Ldu:
                CheckParameterAccess(instruction, form);
                break;
            case PtxOpcode.CpAsync:
                CheckSourceSize(instruction);
                break;
            case PtxOpcode.Atom or PtxOpcode.Red:
                CheckCachePolicy(instruction);
                break;
            case PtxOpcode.Bar when version < 78 && instruction.Has(PtxModifier.ScopeCta):
                throw new PtxSyntaxException(instruction.Position, "version", $"{instruction.Text}: .cta needs .version 7.8 or later");
            case PtxOpcode.Mov when version < 71:
                CheckMoveSink(instruction);
                break;
        }
    }

    /// <summary>ld.param and st.param must stay inside the variable they name.</summary>
    private static void CheckParameterAccess(PtxInstruction instruction, InstructionForm form)
    {
        var address = instruction.Operands.OfType<AddressOperand>().Single();
        if (address.Variable is not { Space: StateSpace.Param } variable || form.Space != StateSpace.Param || variable.Bytes == 0)
            return;
        var bytes = form.VectorLength * form.Types[0].Bytes();
        if (address.Offset < 0 || address.Offset + bytes > variable.Bytes)
        {
            throw new PtxSyntaxException(
                address.Position, "range", $"{form.Text} reaches bytes {address.Offset} to {address.Offset + bytes - 1} of {variable.Name}, which has {variable.Bytes}");
        }
    }

    private static void CheckSourceSize(PtxInstruction instruction)
    {
        if (instruction.Operands.Count < 4 || instruction.Operands[3] is not ImmediateOperand source)
            return;
        var copied = ((ImmediateOperand)instruction.Operands[2]).Bits;
        if (source.Bits > copied)
            throw new PtxSyntaxException(source.Position, "literal", $"{instruction.Text}: the source size {source.Bits} exceeds the copy's {copied} bytes");
    }

    /// <summary>A cache policy and <c>.L2::cache_hint</c> go together.</summary>
    private static void CheckCachePolicy(PtxInstruction instruction)
    {
        var plain = (instruction.Opcode == PtxOpcode.Atom ? 3 : 2) + (instruction.Has(PtxModifier.Cas) ? 1 : 0);
        var hasPolicy = instruction.Operands.Count > plain;
        if (hasPolicy == instruction.Has(PtxModifier.L2CacheHint))
            return;
        throw new PtxSyntaxException(instruction.Position, "operand", hasPolicy
            ? $"{instruction.Text} takes {plain} operands; a cache policy needs .L2::cache_hint"
            : $"{instruction.Text} needs a cache policy as its last operand");
    }

    private static void CheckMoveSink(PtxInstruction instruction)
    {
        var sink = (instruction.Operands[0] as VectorOperand)?.Elements.FirstOrDefault(element => element is SinkOperand);
        if (sink is not null)
            throw new PtxSyntaxException(sink.Position, "version", $"{instruction.Text}: '_' needs .version 7.1 or later");
    }
}
