namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>mov, selections, predicates, comparisons.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private bool DecodeMove(PtxInstruction instruction, ref DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var type = instruction.Types.Count > 0 ? instruction.Types[^1] : PtxType.B32;
        var isWide = type.Bits() == 64;
        switch (instruction.Opcode)
        {
            case PtxOpcode.Mov when type == PtxType.Pred:
                AddPredicate(decoded, operands, &Moves.Predicate<PredicateFirst>);
                return true;
            case PtxOpcode.Not when type == PtxType.Pred:
                AddPredicate(decoded, operands, &Moves.Predicate<PredicateNot>);
                return true;
            case PtxOpcode.And when type == PtxType.Pred:
                AddPredicate(decoded, operands, &Moves.Predicate<PredicateAnd>);
                return true;
            case PtxOpcode.Or when type == PtxType.Pred:
                AddPredicate(decoded, operands, &Moves.Predicate<PredicateOr>);
                return true;
            case PtxOpcode.Xor when type == PtxType.Pred:
                AddPredicate(decoded, operands, &Moves.Predicate<PredicateXor>);
                return true;
            case PtxOpcode.Mov when operands[0] is VectorOperand pieces && operands[1] is VectorOperand sources:
                for (var n = 0; n < pieces.Elements.Count; n++)
                {
                    _code.Add(decoded with { Execute = &Moves.Copy32, D = Destination(pieces.Elements[n]), A = Source(sources.Elements[n], PtxType.B32) });
                    decoded.IsPart = true;
                }
                return true;
            case PtxOpcode.Mov when operands[0] is VectorOperand pieces:
                decoded.A = Source(operands[1], type);
                SetPieces(ref decoded, type, [.. pieces.Elements.Select(Destination)]);
                _code.Add(decoded with { Execute = &Moves.Unpack });
                return true;
            case PtxOpcode.Mov when operands[1] is VectorOperand pieces:
                var piece = (type.Bits() / pieces.Elements.Count) switch { 8 => PtxType.B8, 16 => PtxType.B16, _ => PtxType.B32 };
                decoded.D = Destination(operands[0]);
                SetPieces(ref decoded, type, [.. pieces.Elements.Select(element => Source(element, piece))]);
                _code.Add(decoded with { Execute = &Moves.Pack });
                return true;
            case PtxOpcode.Mov:
                _code.Add(decoded with
                {
                    Execute = isWide ? &Moves.Copy64 : &Moves.Copy32, D = Destination(operands[0]), A = Source(operands[1], type),
                });
                return true;
            case PtxOpcode.Selp:
                (decoded.D, decoded.A, decoded.B) = (Destination(operands[0]), Source(operands[1], type), Source(operands[2], type));
                decoded.C = SourcePredicate(operands[3], out decoded.E);
                _code.Add(decoded with { Execute = isWide ? &Moves.Select64 : &Moves.Select32 });
                return true;
            case PtxOpcode.Setp or PtxOpcode.Set:
                DecodeComparison(instruction, decoded);
                return true;
            default:
                return false;
        }
    }

    private void AddPredicate(DecodedInstruction decoded, IReadOnlyList<PtxOperand> operands, Handler handler)
    {
        decoded.D = DestinationPredicate(operands[0]);
        decoded.A = SourcePredicate(operands[1], out decoded.C);
        decoded.B = RegisterLayout.True;
        if (operands.Count > 2)
            decoded.B = SourcePredicate(operands[2], out decoded.E);
        _code.Add(decoded with { Execute = handler });
    }

    private void SetPieces(ref DecodedInstruction decoded, PtxType type, int[] places)
    {
        decoded.List = _code.List(places);
        (decoded.Mode, decoded.Bytes) = (places.Length, type.Bytes() / places.Length);
    }

    private void DecodeComparison(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var isSet = instruction.Opcode == PtxOpcode.Set;
        var type = instruction.Types[^1];
        if (isSet)
        {
            decoded.D = Destination(operands[0]);
            decoded.Offset = instruction.Types[0] switch
            {
                PtxType.F32 => 0x3F80_0000,
                PtxType.F16 => 0x3C00,
                PtxType.BF16 => 0x3F80,
                PtxType.U16 or PtxType.S16 => 0xFFFF,
                _ => 0xFFFF_FFFF,
            };
        }
        else if (operands[0] is PairOperand pair)
        {
            (decoded.D, decoded.D2) = (DestinationPredicate(pair.First), DestinationPredicate(pair.Second));
        }
        else
        {
            decoded.D = DestinationPredicate(operands[0]);
        }
        var (relation, isSwapped, isInverted) = Relation.Of(instruction);
        var (a, b) = (Source(operands[1], type), Source(operands[2], type));
        (decoded.A, decoded.B) = isSwapped ? (b, a) : (a, b);
        decoded.Mode = isInverted ? Comparison.Inverts : 0;
        if (operands.Count > 3)
        {
            decoded.C = SourcePredicate(operands[3], out decoded.E);
            decoded.Mode |= instruction.Has(PtxModifier.And) ? Comparison.And : instruction.Has(PtxModifier.Or) ? Comparison.Or : Comparison.Xor;
        }
        var flushes = instruction.Has(PtxModifier.Ftz);
        if (type is not (PtxType.F16x2 or PtxType.BF16x2))
        {
            _code.Add(decoded with { Execute = Relation.Handler(relation, type, flushes, isSet) });
            return;
        }
        // Packed: the first predicate is of the low halves, the second of the high ones. They may not overwrite the third before it is read twice.
        var upper = decoded with { D = decoded.D2, D2 = RegisterLayout.PredicateSink, IsPart = true, Execute = Relation.Upper(relation, type) };
        var lower = decoded with { D2 = RegisterLayout.PredicateSink, Execute = Relation.Lower(relation, type) };
        if (decoded.D == decoded.C && (decoded.Mode & 3) != 0)
            (upper.IsPart, lower.IsPart) = (false, true);
        _code.Add(upper.IsPart ? lower : upper);
        _code.Add(upper.IsPart ? upper : lower);
    }
}
