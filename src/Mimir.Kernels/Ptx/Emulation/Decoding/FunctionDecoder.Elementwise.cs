namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Arithmetic: a destination and up to four sources, every lane for itself.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private bool DecodeElementwise(PtxInstruction instruction, ref DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var type = instruction.Types.Count > 0 ? instruction.Types[^1] : PtxType.B32;
        switch (instruction.Opcode)
        {
            case PtxOpcode.Cvt:
                DecodeConversion(instruction, decoded);
                return true;
            case PtxOpcode.Testp:
                _code.Add(decoded with
                {
                    Execute = type == PtxType.F64 ? &FloatTest.Test<double> : &FloatTest.Test<float>,
                    D = DestinationPredicate(operands[0]),
                    A = Source(operands[1], type),
                    Mode = (int)First(instruction, PtxModifier.Finite, PtxModifier.Infinite, PtxModifier.Number, PtxModifier.NotANumber, PtxModifier.Normal, PtxModifier.Subnormal)!,
                });
                return true;
            case PtxOpcode.Lop3:
                SetSources(ref decoded, operands, type, type, type);
                _code.Add(decoded with { Execute = &Lop3.Apply, Mode = (int)((ImmediateOperand)operands[4]).Bits });
                return true;
            case PtxOpcode.Slct:
                type = instruction.Types[0];
                SetSources(ref decoded, operands, type, type, PtxType.B32);
                decoded.Mode = instruction.Has(PtxModifier.Ftz) ? 1 : 0;
                decoded.Execute = (instruction.Types[1] == PtxType.F32, type.Bits()) switch
                {
                    (true, 64) => &Elementwise.Lane3<SelectByFloat, ulong, ulong, ulong, uint>,
                    (true, _) => &Elementwise.Lane3<SelectByFloat, uint, uint, uint, uint>,
                    (_, 64) => &Elementwise.Lane3<SelectByInteger, ulong, ulong, ulong, uint>,
                    _ => &Elementwise.Lane3<SelectByInteger, uint, uint, uint, uint>,
                };
                _code.Add(decoded);
                return true;
            default:
                break;
        }
        if (IntegerHandlers.Find(instruction, type, ref decoded) is var integer && integer != null)
            decoded.Execute = integer;
        else if (FloatHandlers.Find(instruction, type, ref decoded) is var floating && floating != null)
            decoded.Execute = floating;
        else
            return false;
        var (second, third) = (type, type);
        if (instruction.Opcode is PtxOpcode.Shl or PtxOpcode.Shr)
            second = PtxType.U32;
        else if (instruction.Opcode is PtxOpcode.Bfe)
            (second, third) = (PtxType.U32, PtxType.U32);
        else if (instruction.Opcode is PtxOpcode.Bfi)
            third = PtxType.U32;
        else if (instruction.Opcode is PtxOpcode.Mad && instruction.Has(PtxModifier.Wide))
            third = type.Bits() == 16 ? PtxType.U32 : PtxType.U64;
        else if (instruction.Opcode is PtxOpcode.Dp4a or PtxOpcode.Dp2a)
            (type, second, third) = (PtxType.B32, PtxType.B32, PtxType.B32);
        SetSources(ref decoded, operands, type, second, third);
        if (operands.Count > 4)
            decoded.E = Source(operands[4], PtxType.U32);
        _code.Add(decoded);
        return true;
    }

    private void SetSources(ref DecodedInstruction decoded, IReadOnlyList<PtxOperand> operands, PtxType first, PtxType second, PtxType third)
    {
        decoded.D = Destination(operands[0]);
        if (operands.Count > 1)
            decoded.A = Source(operands[1], first);
        if (operands.Count > 2)
            decoded.B = Source(operands[2], second);
        if (operands.Count > 3)
            decoded.C = Source(operands[3], third);
    }

    private void DecodeConversion(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var (to, from) = (instruction.Types[0], instruction.Types[1]);
        decoded.D = Destination(operands[0]);
        decoded.A = Source(operands[1], from);
        var destinationBits = operands[0] is RegisterOperand destination ? destination.Register.Type.Bits() : Math.Max(to.Bits(), 16);
        var sourceBits = operands[1] is RegisterOperand source ? source.Register.Type.Bits() : from.Bits();
        if (operands.Count > 2)
            decoded.B = Source(operands[2], from);
        if (ConversionHandlers.Find(instruction, destinationBits, sourceBits) is var fast && fast != null)
        {
            _code.Add(decoded with { Execute = fast });
            return;
        }
        decoded.Mode = ConversionHandlers.ModeOf(instruction);
        (decoded.D2, decoded.E, decoded.Bytes, decoded.Offset) = ((int)to, (int)from, destinationBits, sourceBits == 64 ? 64 : 32);
        _code.Add(decoded with { Execute = to is PtxType.F16x2 or PtxType.BF16x2 ? &Conversions.Pack : &Conversions.Convert });
    }

    private static PtxModifier? First(PtxInstruction instruction, params ReadOnlySpan<PtxModifier> modifiers)
    {
        foreach (var modifier in modifiers)
        {
            if (instruction.Has(modifier))
                return modifier;
        }
        return null;
    }
}
