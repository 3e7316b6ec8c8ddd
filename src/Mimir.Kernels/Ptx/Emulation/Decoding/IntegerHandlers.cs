namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Handlers of integer, logic and bit instructions.</summary>
internal static unsafe class IntegerHandlers
{
    /// <summary>The handler of an instruction; null where it is none of these. Sets what the handler reads beside its operands.</summary>
    public static Handler Find(PtxInstruction instruction, PtxType type, ref DecodedInstruction decoded)
    {
        if (type.IsFloat())
            return null;
        var bits = type.Bits();
        var isSigned = type.IsSigned();
        decoded.Mode = (int)type;
        switch (instruction.Opcode)
        {
            case PtxOpcode.Add or PtxOpcode.Addc or PtxOpcode.Sub or PtxOpcode.Subc or PtxOpcode.Madc:
                return Sum(instruction, bits, ref decoded);
            case PtxOpcode.Mul:
                return Product(instruction, type);
            case PtxOpcode.Mad:
                return instruction.Has(PtxModifier.Cc) ? CarryingProduct(instruction, bits, ref decoded) : ProductSum(instruction, type);
            case PtxOpcode.Mul24 or PtxOpcode.Mad24:
                return Product24(instruction);
            case PtxOpcode.Sad:
                return bits == 64 ? &Elementwise.Lane3<SumOfDifferences, ulong, ulong, ulong, ulong>
                    : &Elementwise.Lane3<SumOfDifferences, uint, uint, uint, uint>;
            case PtxOpcode.Div or PtxOpcode.Rem:
                return Quotient(instruction.Opcode == PtxOpcode.Div, bits, isSigned);
            case PtxOpcode.Abs:
                return bits switch
                {
                    16 => &Elementwise.Unary32<Signed16Unary<AbsoluteInteger>>,
                    32 => &Elementwise.Unary32<AbsoluteInteger>,
                    _ => &Elementwise.Unary64<AbsoluteInteger>,
                };
            case PtxOpcode.Neg:
                return bits switch
                {
                    16 => &Elementwise.Unary32<Signed16Unary<NegateInteger>>,
                    32 => &Elementwise.Unary32<NegateInteger>,
                    _ => &Elementwise.Unary64<NegateInteger>,
                };
            case PtxOpcode.Min when instruction.Has(PtxModifier.Relu):
                return &Elementwise.Binary32<RectifiedInteger<MinimumSigned>>;
            case PtxOpcode.Max when instruction.Has(PtxModifier.Relu):
                return &Elementwise.Binary32<RectifiedInteger<MaximumSigned>>;
            case PtxOpcode.Min:
                return isSigned ? BySign<MinimumSigned>(bits) : ByWidth<MinimumUnsigned>(bits);
            case PtxOpcode.Max:
                return isSigned ? BySign<MaximumSigned>(bits) : ByWidth<MaximumUnsigned>(bits);
            default:
                return Bits(instruction, bits, isSigned, ref decoded);
        }
    }

    private static Handler Bits(PtxInstruction instruction, int bits, bool isSigned, ref DecodedInstruction decoded)
    {
        switch (instruction.Opcode)
        {
            case PtxOpcode.And:
                return ByWidth<BitAnd>(bits);
            case PtxOpcode.Or:
                return ByWidth<BitOr>(bits);
            case PtxOpcode.Xor:
                return ByWidth<BitXor>(bits);
            case PtxOpcode.Not:
                return UnaryByWidth<BitNot>(bits);
            case PtxOpcode.Cnot:
                return UnaryByWidth<IsZero>(bits);
            case PtxOpcode.Shl:
                return bits switch
                {
                    16 => &Elementwise.Binary32<Unsigned16<ShiftLeft>>,
                    32 => &Elementwise.Binary32<ShiftLeft>,
                    _ => &Elementwise.Lane2<ShiftLeft64, ulong, ulong, uint>,
                };
            case PtxOpcode.Shr when isSigned:
                return bits switch
                {
                    16 => &Elementwise.Binary32<ShiftRightSigned16>,
                    32 => &Elementwise.Binary32<ShiftRightSigned>,
                    _ => &Elementwise.Lane2<ShiftRightSigned64, ulong, ulong, uint>,
                };
            case PtxOpcode.Shr:
                return bits == 64 ? &Elementwise.Lane2<ShiftRight64, ulong, ulong, uint> : &Elementwise.Binary32<ShiftRight>;
            case PtxOpcode.Shf:
                decoded.Mode = instruction.Has(PtxModifier.Clamp) ? 32 : 31;
                return instruction.Has(PtxModifier.Left) ? &Elementwise.Lane3<FunnelLeft, uint, uint, uint, uint>
                    : &Elementwise.Lane3<FunnelRight, uint, uint, uint, uint>;
            case PtxOpcode.Popc:
                return bits == 64 ? &Elementwise.Lane1<PopulationCount, uint, ulong> : &Elementwise.Lane1<PopulationCount, uint, uint>;
            case PtxOpcode.Clz:
                return bits == 64 ? &Elementwise.Lane1<LeadingZeros, uint, ulong> : &Elementwise.Lane1<LeadingZeros, uint, uint>;
            case PtxOpcode.Bfind:
                decoded.Bytes = instruction.Has(PtxModifier.ShiftAmount) ? 1 : 0;
                return bits == 64 ? &Elementwise.Lane1<FindTopBit, uint, ulong> : &Elementwise.Lane1<FindTopBit, uint, uint>;
            case PtxOpcode.Brev:
                return bits == 64 ? &Elementwise.Lane1<ReverseBits, ulong, ulong> : &Elementwise.Lane1<ReverseBits, uint, uint>;
            case PtxOpcode.Bfe:
                return bits == 64 ? &Elementwise.Lane3<ExtractField, ulong, ulong, uint, uint> : &Elementwise.Lane3<ExtractField, uint, uint, uint, uint>;
            case PtxOpcode.Bfi:
                return bits == 64 ? &InsertField.Insert<ulong> : &InsertField.Insert<uint>;
            case PtxOpcode.Prmt:
                decoded.Mode = -1;
                foreach (var mode in (ReadOnlySpan<PtxModifier>)[PtxModifier.F4e, PtxModifier.B4e, PtxModifier.Rc8, PtxModifier.Ecl, PtxModifier.Ecr, PtxModifier.Rc16])
                {
                    if (instruction.Has(mode))
                        decoded.Mode = (int)mode;
                }
                return &Elementwise.Lane3<Permute, uint, uint, uint, uint>;
            case PtxOpcode.Dp4a or PtxOpcode.Dp2a:
                decoded.Mode = (instruction.Types[0].IsSigned() ? 1 : 0) | (instruction.Types[1].IsSigned() ? 2 : 0)
                    | (instruction.Has(PtxModifier.Hi) ? 4 : 0);
                return instruction.Opcode == PtxOpcode.Dp4a ? &Elementwise.Lane3<DotProduct4, uint, uint, uint, uint>
                    : &Elementwise.Lane3<DotProduct2, uint, uint, uint, uint>;
            default:
                return null;
        }
    }

    private static Handler Sum(PtxInstruction instruction, int bits, ref DecodedInstruction decoded)
    {
        if (instruction.Opcode == PtxOpcode.Madc)
            return CarryingProduct(instruction, bits, ref decoded);
        var subtracts = instruction.Opcode is PtxOpcode.Sub or PtxOpcode.Subc;
        var takesCarry = instruction.Opcode is PtxOpcode.Addc or PtxOpcode.Subc;
        if (takesCarry || instruction.Has(PtxModifier.Cc))
        {
            decoded.Mode = (takesCarry ? CarryArithmetic.TakesCarry : 0) | (instruction.Has(PtxModifier.Cc) ? CarryArithmetic.WritesCarry : 0);
            return subtracts
                ? bits == 64 ? &CarryArithmetic.Subtract<ulong> : &CarryArithmetic.Subtract<uint>
                : bits == 64 ? &CarryArithmetic.Add<ulong> : &CarryArithmetic.Add<uint>;
        }
        if (instruction.Has(PtxModifier.Sat))
            return subtracts ? &Elementwise.Lane2<SubtractSaturating, uint, uint, uint> : &Elementwise.Lane2<AddSaturating, uint, uint, uint>;
        return subtracts ? ByWidth<Subtract>(bits) : ByWidth<Add>(bits);
    }

    private static Handler CarryingProduct(PtxInstruction instruction, int bits, ref DecodedInstruction decoded)
    {
        decoded.Mode = (instruction.Opcode == PtxOpcode.Madc ? CarryArithmetic.TakesCarry : 0)
            | (instruction.Has(PtxModifier.Cc) ? CarryArithmetic.WritesCarry : 0)
            | (instruction.Has(PtxModifier.Hi) ? CarryArithmetic.TakesHighHalf : 0)
            | (instruction.Types[^1].IsSigned() ? CarryArithmetic.IsSigned : 0);
        return bits == 64 ? &CarryArithmetic.MultiplyAdd<ulong> : &CarryArithmetic.MultiplyAdd<uint>;
    }

    private static Handler Product(PtxInstruction instruction, PtxType type)
    {
        var bits = type.Bits();
        if (instruction.Has(PtxModifier.Wide))
        {
            return (bits, type.IsSigned()) switch
            {
                (16, true) => &Elementwise.Binary32<MultiplyWideSigned16>,
                (16, false) => &Elementwise.Binary32<MultiplyWide16>,
                (_, true) => &Elementwise.Widening<SignExtend>,
                _ => &Elementwise.Widening<ZeroExtend>,
            };
        }
        if (instruction.Has(PtxModifier.Hi))
            return bits == 64 ? &Elementwise.Lane2<MultiplyHigh, ulong, ulong, ulong> : &Elementwise.Lane2<MultiplyHigh, uint, uint, uint>;
        return ByWidth<MultiplyLow>(bits);
    }

    private static Handler ProductSum(PtxInstruction instruction, PtxType type)
    {
        var bits = type.Bits();
        if (instruction.Has(PtxModifier.Wide))
        {
            return (bits, type.IsSigned()) switch
            {
                (16, true) => &Elementwise.Ternary32<MultiplyAddWide16<MultiplyWideSigned16>>,
                (16, false) => &Elementwise.Ternary32<MultiplyAddWide16<MultiplyWide16>>,
                (_, true) => &Elementwise.WideningAdd<SignExtend>,
                _ => &Elementwise.WideningAdd<ZeroExtend>,
            };
        }
        if (instruction.Has(PtxModifier.Hi) && instruction.Has(PtxModifier.Sat))
            return &Elementwise.Lane3<MultiplyAddHighSaturating, uint, uint, uint, uint>;
        if (instruction.Has(PtxModifier.Hi))
            return bits == 64 ? &Elementwise.Lane3<MultiplyHigh, ulong, ulong, ulong, ulong> : &Elementwise.Lane3<MultiplyHigh, uint, uint, uint, uint>;
        return bits switch
        {
            16 => &Elementwise.Ternary32<Unsigned16Ternary<MultiplyAddLow>>,
            32 => &Elementwise.Ternary32<MultiplyAddLow>,
            _ => &Elementwise.Ternary64<MultiplyAddLow>,
        };
    }

    private static Handler Product24(PtxInstruction instruction) => (instruction.Opcode, instruction.Has(PtxModifier.Hi), instruction.Has(PtxModifier.Sat)) switch
    {
        (PtxOpcode.Mul24, true, _) => &Elementwise.Lane2<Multiply24<Yes, No>, uint, uint, uint>,
        (PtxOpcode.Mul24, false, _) => &Elementwise.Lane2<Multiply24<No, No>, uint, uint, uint>,
        (_, true, true) => &Elementwise.Lane3<Multiply24<Yes, Yes>, uint, uint, uint, uint>,
        (_, true, false) => &Elementwise.Lane3<Multiply24<Yes, No>, uint, uint, uint, uint>,
        _ => &Elementwise.Lane3<Multiply24<No, No>, uint, uint, uint, uint>,
    };

    private static Handler Quotient(bool isDivision, int bits, bool isSigned) => (isDivision, bits, isSigned) switch
    {
        (true, 16, true) => &Division.Divide<Signed16Quotient<QuotientSigned>, uint>,
        (true, 16, false) => &Division.Divide<Unsigned16Quotient<QuotientUnsigned>, uint>,
        (true, 32, true) => &Division.Divide<QuotientSigned, uint>,
        (true, 32, false) => &Division.Divide<QuotientUnsigned, uint>,
        (true, _, true) => &Division.Divide<QuotientSigned, ulong>,
        (true, _, false) => &Division.Divide<QuotientUnsigned, ulong>,
        (false, 16, true) => &Division.Divide<Signed16Quotient<RemainderSigned>, uint>,
        (false, 16, false) => &Division.Divide<Unsigned16Quotient<RemainderUnsigned>, uint>,
        (false, 32, true) => &Division.Divide<RemainderSigned, uint>,
        (false, 32, false) => &Division.Divide<RemainderUnsigned, uint>,
        (false, _, true) => &Division.Divide<RemainderSigned, ulong>,
        (false, _, false) => &Division.Divide<RemainderUnsigned, ulong>,
    };

    private static Handler ByWidth<TOp>(int bits) where TOp : IBinary32, IBinary64 => bits switch
    {
        16 => &Elementwise.Binary32<Unsigned16<TOp>>,
        32 => &Elementwise.Binary32<TOp>,
        _ => &Elementwise.Binary64<TOp>,
    };

    private static Handler BySign<TOp>(int bits) where TOp : IBinary32, IBinary64 => bits switch
    {
        16 => &Elementwise.Binary32<Signed16<TOp>>,
        32 => &Elementwise.Binary32<TOp>,
        _ => &Elementwise.Binary64<TOp>,
    };

    private static Handler UnaryByWidth<TOp>(int bits) where TOp : IUnary32, IUnary64 => bits switch
    {
        16 => &Elementwise.Unary32<Unsigned16Unary<TOp>>,
        32 => &Elementwise.Unary32<TOp>,
        _ => &Elementwise.Unary64<TOp>,
    };
}
