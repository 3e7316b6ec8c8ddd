namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Instructions of a whole warp.</summary>
internal sealed unsafe partial class FunctionDecoder
{
    private bool DecodeWarp(PtxInstruction instruction, ref DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        switch (instruction.Opcode)
        {
            case PtxOpcode.Shfl:
                SetPair(ref decoded, operands[0]);
                decoded.A = Source(operands[1], PtxType.B32);
                decoded.B = Source(operands[2], PtxType.B32);
                decoded.C = Source(operands[3], PtxType.B32);
                decoded.Execute = instruction.Has(PtxModifier.Up) ? &Shuffles.Shuffle<ShuffleUp>
                    : instruction.Has(PtxModifier.Down) ? &Shuffles.Shuffle<ShuffleDown>
                    : instruction.Has(PtxModifier.Bfly) ? &Shuffles.Shuffle<ShuffleButterfly>
                    : &Shuffles.Shuffle<ShuffleIndex>;
                AddConverging(decoded, operands[4]);
                return true;
            case PtxOpcode.Vote:
                decoded.A = SourcePredicate(operands[1], out decoded.E);
                decoded.SourceKind = OperandKind.Predicate;
                if (instruction.Has(PtxModifier.Ballot))
                {
                    decoded.D = Destination(operands[0]);
                    decoded.Execute = &Votes.Ballot;
                }
                else
                {
                    (decoded.D, decoded.ResultKind) = (DestinationPredicate(operands[0]), OperandKind.Predicate);
                    decoded.Execute = instruction.Has(PtxModifier.All) ? &Votes.Vote<VoteAll>
                        : instruction.Has(PtxModifier.Any) ? &Votes.Vote<VoteAny>
                        : &Votes.Vote<VoteUniform>;
                }
                AddConverging(decoded, operands[2]);
                return true;
            case PtxOpcode.Activemask:
                _code.Add(decoded with { Execute = &Votes.ActiveMask, D = Destination(operands[0]) });
                return true;
            case PtxOpcode.Match:
                var type = instruction.Types[0];
                SetPair(ref decoded, operands[0]);
                decoded.A = Source(operands[1], type);
                decoded.SourceKind = type.Bits() == 64 ? OperandKind.Wide : OperandKind.Narrow;
                decoded.Execute = (instruction.Has(PtxModifier.Any), type.Bits()) switch
                {
                    (true, 64) => &Votes.MatchAny<ulong>,
                    (true, _) => &Votes.MatchAny<uint>,
                    (_, 64) => &Votes.MatchAll<ulong>,
                    _ => &Votes.MatchAll<uint>,
                };
                AddConverging(decoded, operands[2]);
                return true;
            case PtxOpcode.Redux:
                (decoded.D, decoded.A) = (Destination(operands[0]), Source(operands[1], PtxType.B32));
                decoded.Execute = Reduction(instruction);
                AddConverging(decoded, operands[2]);
                return true;
            default:
                return false;
        }
    }

    private void SetPair(ref DecodedInstruction decoded, PtxOperand operand)
    {
        if (operand is PairOperand pair)
            (decoded.D, decoded.D2) = (Destination(pair.First), DestinationPredicate(pair.Second));
        else
            decoded.D = Destination(operand);
    }

    private static Handler Reduction(PtxInstruction instruction)
    {
        var isSigned = instruction.Types[0].IsSigned();
        if (instruction.Has(PtxModifier.AddOperation))
            return &Votes.Reduce<AtomicAdd>;
        if (instruction.Has(PtxModifier.And))
            return &Votes.Reduce<AtomicAnd>;
        if (instruction.Has(PtxModifier.Or))
            return &Votes.Reduce<AtomicOr>;
        if (instruction.Has(PtxModifier.Xor))
            return &Votes.Reduce<AtomicXor>;
        if (instruction.Has(PtxModifier.Min))
            return isSigned ? &Votes.Reduce<AtomicMinimumSigned> : &Votes.Reduce<AtomicMinimum>;
        return isSigned ? &Votes.Reduce<AtomicMaximumSigned> : &Votes.Reduce<AtomicMaximum>;
    }

    private void DecodeAtomic(PtxInstruction instruction, DecodedInstruction decoded)
    {
        var operands = instruction.Operands;
        var type = instruction.Types[^1];
        var next = 0;
        if (instruction.Opcode == PtxOpcode.Atom)
            decoded.D = Destination(operands[next++]);
        SetAddress(ref decoded, (AddressOperand)operands[next++]);
        decoded.B = Source(operands[next++], type);
        decoded.C = instruction.Has(PtxModifier.Cas) ? Source(operands[next], type) : decoded.B;
        decoded.Bytes = type.Bytes();
        decoded.Execute = AtomicHandler(instruction, type);
        _code.Add(decoded);
    }

    private static Handler AtomicHandler(PtxInstruction instruction, PtxType type)
    {
        var isWide = type.Bits() == 64;
        if (instruction.Has(PtxModifier.AddOperation))
        {
            return type switch
            {
                PtxType.F32 when instruction.Space != StateSpace.Shared => &Atomics.Atomic<AtomicAddFloatFlushed, uint>,
                PtxType.F32 => &Atomics.Atomic<AtomicAddFloat, uint>,
                PtxType.F64 => &Atomics.Atomic<AtomicAddFloat, ulong>,
                PtxType.F16 => &Atomics.Atomic<AtomicAddHalf<No>, ushort>,
                PtxType.F16x2 => &Atomics.Atomic<AtomicAddHalf<No>, uint>,
                PtxType.BF16 => &Atomics.Atomic<AtomicAddHalf<Yes>, ushort>,
                PtxType.BF16x2 => &Atomics.Atomic<AtomicAddHalf<Yes>, uint>,
                _ => isWide ? &Atomics.Atomic<AtomicAdd, ulong> : &Atomics.Atomic<AtomicAdd, uint>,
            };
        }
        if (instruction.Has(PtxModifier.And))
            return isWide ? &Atomics.Atomic<AtomicAnd, ulong> : &Atomics.Atomic<AtomicAnd, uint>;
        if (instruction.Has(PtxModifier.Or))
            return isWide ? &Atomics.Atomic<AtomicOr, ulong> : &Atomics.Atomic<AtomicOr, uint>;
        if (instruction.Has(PtxModifier.Xor))
            return isWide ? &Atomics.Atomic<AtomicXor, ulong> : &Atomics.Atomic<AtomicXor, uint>;
        if (instruction.Has(PtxModifier.Exch))
            return isWide ? &Atomics.Atomic<AtomicExchange, ulong> : &Atomics.Atomic<AtomicExchange, uint>;
        if (instruction.Has(PtxModifier.Inc))
            return &Atomics.Atomic<AtomicIncrement, uint>;
        if (instruction.Has(PtxModifier.Dec))
            return &Atomics.Atomic<AtomicDecrement, uint>;
        if (instruction.Has(PtxModifier.Cas))
        {
            return type.Bits() switch
            {
                16 => &Atomics.Atomic<AtomicCompareAndSwap, ushort>,
                32 => &Atomics.Atomic<AtomicCompareAndSwap, uint>,
                _ => &Atomics.Atomic<AtomicCompareAndSwap, ulong>,
            };
        }
        return (instruction.Has(PtxModifier.Min), type.IsSigned(), isWide) switch
        {
            (true, true, true) => &Atomics.Atomic<AtomicMinimumSigned, ulong>,
            (true, true, false) => &Atomics.Atomic<AtomicMinimumSigned, uint>,
            (true, false, true) => &Atomics.Atomic<AtomicMinimum, ulong>,
            (true, false, false) => &Atomics.Atomic<AtomicMinimum, uint>,
            (false, true, true) => &Atomics.Atomic<AtomicMaximumSigned, ulong>,
            (false, true, false) => &Atomics.Atomic<AtomicMaximumSigned, uint>,
            (false, false, true) => &Atomics.Atomic<AtomicMaximum, ulong>,
            (false, false, false) => &Atomics.Atomic<AtomicMaximum, uint>,
        };
    }
}
