namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>ldmatrix and mma.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private const int MatrixRowBytes = 16;

    private bool DecodeMatrix(PtxInstruction instruction, DecodedInstruction decoded)
    {
        switch (instruction.Opcode)
        {
            case PtxOpcode.Ldmatrix:
                var elements = Elements(instruction.Operands[0]);
                SetAddress(ref decoded, (AddressOperand)instruction.Operands[1]);
                (decoded.Mode, decoded.Bytes) = (elements.Count, MatrixRowBytes);
                decoded.List = _code.List([.. elements.Select(Destination)]);
                decoded.Execute = instruction.Has(PtxModifier.Trans) ? &MatrixLoads.LoadTransposed : &MatrixLoads.Load;
                AddAligned(decoded);
                return true;
            case PtxOpcode.Mma:
                var registers = instruction.Operands.Skip(1).SelectMany(Elements).Select(element => Source(element, PtxType.B32));
                var results = Elements(instruction.Operands[0]);
                decoded.List = _code.List([.. results.Select(Destination), .. registers]);
                decoded.Mode = results.Count;
                decoded.Bytes = instruction.Has(PtxModifier.M16N8K16) ? 16 : instruction.Has(PtxModifier.M16N8K8) ? 8 : 4;
                decoded.Execute = (instruction.Types[0], instruction.Types[1]) switch
                {
                    (PtxType.F16, _) => &MatrixMultiply.Multiply<HalfFactor<Float16>, HalfAccumulator>,
                    (_, PtxType.F16) => &MatrixMultiply.Multiply<HalfFactor<Float16>, SingleAccumulator>,
                    (_, PtxType.BF16) => &MatrixMultiply.Multiply<HalfFactor<BFloat16>, SingleAccumulator>,
                    _ => &MatrixMultiply.Multiply<TensorFloatFactor, SingleAccumulator>,
                };
                AddAligned(decoded);
                return true;
            default:
                return false;
        }
    }
}
