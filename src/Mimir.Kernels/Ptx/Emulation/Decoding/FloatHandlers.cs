namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Handlers of floating-point instructions.</summary>
internal static unsafe class FloatHandlers
{
    /// <summary>The handler of an instruction; null where it is none of these. Sets what the handler reads beside its operands.</summary>
    public static Handler Find(PtxInstruction instruction, PtxType type, ref DecodedInstruction decoded)
    {
        decoded.Mode = ModeOf(instruction);
        if (instruction.Has(PtxModifier.Approx) || instruction.Has(PtxModifier.Full))
            return Approximate(instruction, type, ref decoded);
        return type switch
        {
            PtxType.F32 => Single(instruction),
            PtxType.F64 => Double(instruction),
            PtxType.F16 or PtxType.F16x2 or PtxType.BF16 or PtxType.BF16x2 => HalfHandlers.Find(instruction, type),
            _ => null,
        };
    }

    private static int ModeOf(PtxInstruction instruction)
    {
        var mode = instruction.Has(PtxModifier.Rz) ? RoundingMode.TowardZero
            : instruction.Has(PtxModifier.Rm) ? RoundingMode.Down
            : instruction.Has(PtxModifier.Rp) ? RoundingMode.Up
            : RoundingMode.NearestEven;
        return (int)mode | (instruction.Has(PtxModifier.Ftz) ? DirectedFloat.Flush : 0) | (instruction.Has(PtxModifier.Sat) ? DirectedFloat.Saturate : 0);
    }

    private static bool IsDirected(PtxInstruction instruction) =>
        instruction.Has(PtxModifier.Rz) || instruction.Has(PtxModifier.Rm) || instruction.Has(PtxModifier.Rp);

    private static Handler Single(PtxInstruction instruction)
    {
        if (IsDirected(instruction))
        {
            return instruction.Opcode switch
            {
                PtxOpcode.Add => &Elementwise.Lane2<Directed<DirectedAdd>, uint, uint, uint>,
                PtxOpcode.Sub => &Elementwise.Lane2<Directed<DirectedSubtract>, uint, uint, uint>,
                PtxOpcode.Mul => &Elementwise.Lane2<Directed<DirectedMultiply>, uint, uint, uint>,
                PtxOpcode.Fma or PtxOpcode.Mad => &Elementwise.Lane3<Directed<DirectedMultiplyAdd>, uint, uint, uint, uint>,
                PtxOpcode.Div => &Elementwise.Lane2<Directed<DirectedDivide>, uint, uint, uint>,
                PtxOpcode.Rcp => &Elementwise.Lane1<Directed<DirectedReciprocal>, uint, uint>,
                PtxOpcode.Sqrt => &Elementwise.Lane1<Directed<DirectedSquareRoot>, uint, uint>,
                _ => null,
            };
        }
        var propagates = instruction.Has(PtxModifier.NaN);
        var isByMagnitude = instruction.Has(PtxModifier.XorSign);
        return instruction.Opcode switch
        {
            PtxOpcode.Add => Binary<AddFloat>(instruction),
            PtxOpcode.Sub => Binary<SubtractFloat>(instruction),
            PtxOpcode.Mul => Binary<MultiplyFloat>(instruction),
            PtxOpcode.Fma or PtxOpcode.Mad => Ternary<FusedMultiplyAddFloat>(instruction),
            PtxOpcode.Div => Binary<DivideFloat>(instruction),
            PtxOpcode.Rcp => Unary<ReciprocalFloat>(instruction),
            PtxOpcode.Sqrt => Unary<SquareRootFloat>(instruction),
            PtxOpcode.Neg => Unary<NegateFloat>(instruction),
            PtxOpcode.Abs => Unary<AbsoluteFloat>(instruction),
            PtxOpcode.Copysign => &Elementwise.Binary32<CopySign>,
            PtxOpcode.Min when isByMagnitude => propagates ? Binary<ByMagnitude<MinimumFloatNaN>>(instruction) : Binary<ByMagnitude<MinimumFloat>>(instruction),
            PtxOpcode.Max when isByMagnitude => propagates ? Binary<ByMagnitude<MaximumFloatNaN>>(instruction) : Binary<ByMagnitude<MaximumFloat>>(instruction),
            PtxOpcode.Min => propagates ? Binary<MinimumFloatNaN>(instruction) : Binary<MinimumFloat>(instruction),
            PtxOpcode.Max => propagates ? Binary<MaximumFloatNaN>(instruction) : Binary<MaximumFloat>(instruction),
            _ => null,
        };
    }

    private static Handler Double(PtxInstruction instruction)
    {
        var isDirected = IsDirected(instruction);
        return instruction.Opcode switch
        {
            PtxOpcode.Add => isDirected ? &Elementwise.Lane2<Directed<DirectedAdd>, ulong, ulong, ulong> : &Elementwise.Binary64<AddDouble>,
            PtxOpcode.Sub => isDirected ? &Elementwise.Lane2<Directed<DirectedSubtract>, ulong, ulong, ulong> : &Elementwise.Binary64<SubtractDouble>,
            PtxOpcode.Mul => isDirected ? &Elementwise.Lane2<Directed<DirectedMultiply>, ulong, ulong, ulong> : &Elementwise.Binary64<MultiplyDouble>,
            PtxOpcode.Fma or PtxOpcode.Mad => isDirected ? &Elementwise.Lane3<Directed<DirectedMultiplyAdd>, ulong, ulong, ulong, ulong>
                : &Elementwise.Ternary64<FusedMultiplyAddDouble>,
            PtxOpcode.Div => isDirected ? &Elementwise.Lane2<Directed<DirectedDivide>, ulong, ulong, ulong> : &Elementwise.Binary64<DivideDouble>,
            PtxOpcode.Rcp => isDirected ? &Elementwise.Lane1<Directed<DirectedReciprocal>, ulong, ulong> : &Elementwise.Unary64<ReciprocalDouble>,
            PtxOpcode.Sqrt => isDirected ? &Elementwise.Lane1<Directed<DirectedSquareRoot>, ulong, ulong> : &Elementwise.Unary64<SquareRootDouble>,
            PtxOpcode.Neg => &Elementwise.Unary64<NegateDouble>,
            PtxOpcode.Abs => &Elementwise.Unary64<AbsoluteDouble>,
            PtxOpcode.Copysign => &Elementwise.Binary64<CopySign>,
            PtxOpcode.Min => &Elementwise.Binary64<MinimumDouble>,
            PtxOpcode.Max => &Elementwise.Binary64<MaximumDouble>,
            _ => null,
        };
    }

    private static Handler Approximate(PtxInstruction instruction, PtxType type, ref DecodedInstruction decoded)
    {
        decoded.Mode = instruction.Has(PtxModifier.Ftz) ? Approximation.Flush : 0;
        if (instruction.Opcode == PtxOpcode.Div)
        {
            decoded.Mode |= instruction.Has(PtxModifier.Approx) ? Approximation.HugeDivisorGivesZero : 0;
            return &Approximation.Divide;
        }
        if (type == PtxType.F64)
            return instruction.Opcode == PtxOpcode.Rcp ? &Approximation.Unary64<Reciprocal> : &Approximation.Unary64<ReciprocalSquareRoot>;
        if (type != PtxType.F32)
        {
            decoded.Bytes = (int)type;
            return instruction.Opcode == PtxOpcode.Ex2 ? &Approximation.Half<Exponential> : &Approximation.Half<HyperbolicTangent>;
        }
        return instruction.Opcode switch
        {
            PtxOpcode.Ex2 => &Approximation.Unary<Exponential>,
            PtxOpcode.Lg2 => &Approximation.Unary<Logarithm>,
            PtxOpcode.Rcp => &Approximation.Unary<Reciprocal>,
            PtxOpcode.Rsqrt => &Approximation.Unary<ReciprocalSquareRoot>,
            PtxOpcode.Sqrt => &Approximation.Unary<SquareRoot>,
            PtxOpcode.Sin => &Approximation.Unary<Sine>,
            PtxOpcode.Cos => &Approximation.Unary<Cosine>,
            PtxOpcode.Tanh => &Approximation.Unary<HyperbolicTangent>,
            _ => null,
        };
    }

    private static Handler Unary<TOp>(PtxInstruction instruction) where TOp : IFloatOperation => Form(instruction) switch
    {
        0 => &Elementwise.Unary32<Canonical<TOp>>,
        1 => &Elementwise.Unary32<Flushed<TOp>>,
        2 => &Elementwise.Unary32<Saturated<Canonical<TOp>>>,
        _ => &Elementwise.Unary32<Saturated<Flushed<TOp>>>,
    };

    private static Handler Binary<TOp>(PtxInstruction instruction) where TOp : IFloatOperation => Form(instruction) switch
    {
        0 => &Elementwise.Binary32<Canonical<TOp>>,
        1 => &Elementwise.Binary32<Flushed<TOp>>,
        2 => &Elementwise.Binary32<Saturated<Canonical<TOp>>>,
        _ => &Elementwise.Binary32<Saturated<Flushed<TOp>>>,
    };

    private static Handler Ternary<TOp>(PtxInstruction instruction) where TOp : IFloatOperation => Form(instruction) switch
    {
        0 => &Elementwise.Ternary32<Canonical<TOp>>,
        1 => &Elementwise.Ternary32<Flushed<TOp>>,
        2 => &Elementwise.Ternary32<Saturated<Canonical<TOp>>>,
        _ => &Elementwise.Ternary32<Saturated<Flushed<TOp>>>,
    };

    private static int Form(PtxInstruction instruction) => (instruction.Has(PtxModifier.Ftz) ? 1 : 0) + (instruction.Has(PtxModifier.Sat) ? 2 : 0);
}
