namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Handlers of f16 and bf16 arithmetic.</summary>
internal static unsafe class HalfHandlers
{
    /// <summary>The handler of an instruction; null where it is none of these.</summary>
    public static Handler Find(PtxInstruction instruction, PtxType type)
    {
        var isPair = type is PtxType.F16x2 or PtxType.BF16x2;
        if (type is PtxType.BF16 or PtxType.BF16x2)
            return Find<BFloat16>(instruction, isPair);
        return instruction.Has(PtxModifier.Ftz) ? Find<FlushedFloat16>(instruction, isPair) : Find<Float16>(instruction, isPair);
    }

    private static Handler Find<TFormat>(PtxInstruction instruction, bool isPair) where TFormat : IHalfFormat
    {
        var propagates = instruction.Has(PtxModifier.NaN);
        var isByMagnitude = instruction.Has(PtxModifier.XorSign);
        switch (instruction.Opcode)
        {
            case PtxOpcode.Add:
                return Binary<TFormat, AddFloat>(instruction, isPair);
            case PtxOpcode.Sub:
                return Binary<TFormat, SubtractFloat>(instruction, isPair);
            case PtxOpcode.Mul:
                return Binary<TFormat, MultiplyFloat>(instruction, isPair);
            case PtxOpcode.Fma when instruction.Has(PtxModifier.Relu):
                return Ternary<TFormat, RectifiedOperation<FusedMultiplyAddOdd>>(isPair);
            case PtxOpcode.Fma when instruction.Has(PtxModifier.Sat):
                return Ternary<TFormat, SaturatedOperation<FusedMultiplyAddOdd>>(isPair);
            case PtxOpcode.Fma:
                return Ternary<TFormat, FusedMultiplyAddOdd>(isPair);
            case PtxOpcode.Min when isByMagnitude:
                return propagates ? Plain<TFormat, ByMagnitude<MinimumFloatNaN>>(isPair) : Plain<TFormat, ByMagnitude<MinimumFloat>>(isPair);
            case PtxOpcode.Max when isByMagnitude:
                return propagates ? Plain<TFormat, ByMagnitude<MaximumFloatNaN>>(isPair) : Plain<TFormat, ByMagnitude<MaximumFloat>>(isPair);
            case PtxOpcode.Min:
                return propagates ? Plain<TFormat, MinimumFloatNaN>(isPair) : Plain<TFormat, MinimumFloat>(isPair);
            case PtxOpcode.Max:
                return propagates ? Plain<TFormat, MaximumFloatNaN>(isPair) : Plain<TFormat, MaximumFloat>(isPair);
            case PtxOpcode.Neg when !instruction.Has(PtxModifier.Ftz):
                return isPair ? &Elementwise.Unary32<NegateHalfPair> : &Elementwise.Unary32<NegateHalf>;
            case PtxOpcode.Abs when !instruction.Has(PtxModifier.Ftz):
                return &Elementwise.Unary32<AbsoluteHalf>;
            case PtxOpcode.Neg:
                return Sign<TFormat, NegateFloat>(isPair);
            case PtxOpcode.Abs:
                return Sign<TFormat, AbsoluteFloat>(isPair);
            default:
                return null;
        }
    }

    private static Handler Sign<TFormat, TOp>(bool isPair) where TFormat : IHalfFormat where TOp : IFloatOperation =>
        isPair ? &Elementwise.Unary32<HalfPair<HalfOperation<TFormat, TOp>>> : &Elementwise.Unary32<HalfOperation<TFormat, TOp>>;

    private static Handler Binary<TFormat, TOp>(PtxInstruction instruction, bool isPair) where TFormat : IHalfFormat where TOp : IFloatOperation =>
        instruction.Has(PtxModifier.Sat) ? Plain<TFormat, SaturatedOperation<TOp>>(isPair) : Plain<TFormat, TOp>(isPair);

    private static Handler Plain<TFormat, TOp>(bool isPair) where TFormat : IHalfFormat where TOp : IFloatOperation =>
        isPair ? &Elementwise.Binary32<HalfPair<HalfOperation<TFormat, TOp>>> : &Elementwise.Binary32<HalfOperation<TFormat, TOp>>;

    private static Handler Ternary<TFormat, TOp>(bool isPair) where TFormat : IHalfFormat where TOp : IFloatOperation =>
        isPair ? &Elementwise.Ternary32<HalfPair<HalfOperation<TFormat, TOp>>> : &Elementwise.Ternary32<HalfOperation<TFormat, TOp>>;
}
