namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Handlers of the frequent conversions.</summary>
internal static unsafe class ConversionHandlers
{
    /// <summary>The vectorised handler of a cvt; null where it has none.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="destinationBits">Width of the destination register.</param>
    /// <param name="sourceBits">Width of the source register.</param>
    public static Handler Find(PtxInstruction instruction, int destinationBits, int sourceBits)
    {
        var (to, from) = (instruction.Types[0], instruction.Types[1]);
        if (instruction.Has(PtxModifier.Sat) || instruction.Has(PtxModifier.Relu) || instruction.Has(PtxModifier.Ftz))
            return null;
        if (!to.IsFloat() && !from.IsFloat())
            return BetweenIntegers(to, from, destinationBits, sourceBits);
        var isNearest = instruction.Has(PtxModifier.Rn);
        return (to, from) switch
        {
            (PtxType.F32, PtxType.S32) when isNearest && sourceBits == 32 => &Elementwise.Unary32<SignedToFloat>,
            (PtxType.F32, PtxType.U32) when isNearest && sourceBits == 32 => &Elementwise.Unary32<UnsignedToFloat>,
            (PtxType.S32, PtxType.F32) when destinationBits == 32 => ToSigned(instruction),
            (PtxType.U32, PtxType.F32) when destinationBits == 32 => ToUnsigned(instruction),
            (PtxType.F32, PtxType.F16) => &Elementwise.Unary32<HalfToFloat<Float16>>,
            (PtxType.F32, PtxType.BF16) => &Elementwise.Unary32<HalfToFloat<BFloat16>>,
            (PtxType.F16, PtxType.F32) when isNearest && destinationBits < 64 => &Elementwise.Unary32<FloatToHalf<Float16>>,
            (PtxType.BF16, PtxType.F32) when isNearest && destinationBits < 64 => &Elementwise.Unary32<FloatToHalf<BFloat16>>,
            (PtxType.F16x2, PtxType.F32) when isNearest => &Elementwise.Binary32<FloatsToPair<Float16>>,
            (PtxType.BF16x2, PtxType.F32) when isNearest => &Elementwise.Binary32<FloatsToPair<BFloat16>>,
            (PtxType.TF32, PtxType.F32) when instruction.Has(PtxModifier.Rna) => &Elementwise.Unary32<FloatToTensorFloat>,
            (PtxType.F32, PtxType.F32) when sourceBits == 32 => Integral(instruction),
            _ => null,
        };
    }

    /// <summary>Rounding and flags of <see cref="Conversions"/>.</summary>
    public static int ModeOf(PtxInstruction instruction)
    {
        var mode = instruction.Has(PtxModifier.Rz) || instruction.Has(PtxModifier.Rzi) ? RoundingMode.TowardZero
            : instruction.Has(PtxModifier.Rm) || instruction.Has(PtxModifier.Rmi) ? RoundingMode.Down
            : instruction.Has(PtxModifier.Rp) || instruction.Has(PtxModifier.Rpi) ? RoundingMode.Up
            : RoundingMode.NearestEven;
        var isIntegral = instruction.Has(PtxModifier.Rni) || instruction.Has(PtxModifier.Rzi) || instruction.Has(PtxModifier.Rmi)
            || instruction.Has(PtxModifier.Rpi);
        return (int)mode | (isIntegral ? Conversions.ToIntegral : 0)
            | (instruction.Has(PtxModifier.Ftz) ? Conversions.Flush : 0)
            | (instruction.Has(PtxModifier.Sat) ? Conversions.Saturate : 0)
            | (instruction.Has(PtxModifier.Relu) ? Conversions.Rectify : 0);
    }

    private static Handler BetweenIntegers(PtxType to, PtxType from, int destinationBits, int sourceBits)
    {
        if (destinationBits == 64 && sourceBits == 32 && from.Bits() == 32 && to.Bits() == 64)
            return from.IsSigned() ? &Elementwise.Extend<SignExtend> : &Elementwise.Extend<ZeroExtend>;
        if (destinationBits == 64 && sourceBits == 64 && from.Bits() == 64 && to.Bits() == 64)
            return &Moves.Copy64;
        if (destinationBits == 32 && sourceBits == 64 && to.Bits() == 32 && from.Bits() >= 32)
            return &Elementwise.Truncate;
        if (destinationBits == 64 || sourceBits == 64)
            return null;
        // What is kept is the narrower of the two types, extended by the sign of the type that was the narrower.
        var (bits, isSigned) = from.Bits() < to.Bits() ? (from.Bits(), from.IsSigned()) : (to.Bits(), to.IsSigned());
        return (bits, isSigned, destinationBits) switch
        {
            (32, _, 32) => &Moves.Copy32,
            (16, false, _) or (16, true, 16) => &Elementwise.Unary32<LowHalf>,
            (16, true, 32) => &Elementwise.Unary32<SignedLowHalf>,
            (8, false, _) => &Elementwise.Unary32<LowByte>,
            (8, true, 32) when from.Bits() == 8 && to.Bits() == 32 || to.Bits() == 8 => &Elementwise.Unary32<SignedLowByte>,
            _ => null,
        };
    }

    private static Handler ToSigned(PtxInstruction instruction) => (RoundingMode)(ModeOf(instruction) & 3) switch
    {
        RoundingMode.TowardZero => &Elementwise.Unary32<FloatToSigned<TruncateFloat>>,
        RoundingMode.Down => &Elementwise.Unary32<FloatToSigned<FloorFloat>>,
        RoundingMode.Up => &Elementwise.Unary32<FloatToSigned<CeilingFloat>>,
        _ => &Elementwise.Unary32<FloatToSigned<RoundFloat>>,
    };

    private static Handler ToUnsigned(PtxInstruction instruction) => (RoundingMode)(ModeOf(instruction) & 3) switch
    {
        RoundingMode.TowardZero => &Elementwise.Unary32<FloatToUnsigned<TruncateFloat>>,
        RoundingMode.Down => &Elementwise.Unary32<FloatToUnsigned<FloorFloat>>,
        RoundingMode.Up => &Elementwise.Unary32<FloatToUnsigned<CeilingFloat>>,
        _ => &Elementwise.Unary32<FloatToUnsigned<RoundFloat>>,
    };

    private static Handler Integral(PtxInstruction instruction)
    {
        var mode = ModeOf(instruction);
        if ((mode & Conversions.ToIntegral) == 0)
            return &Elementwise.Unary32<Canonical<IdentityFloat>>;
        return (RoundingMode)(mode & 3) switch
        {
            RoundingMode.TowardZero => &Elementwise.Unary32<Canonical<TruncateFloat>>,
            RoundingMode.Down => &Elementwise.Unary32<Canonical<FloorFloat>>,
            RoundingMode.Up => &Elementwise.Unary32<Canonical<CeilingFloat>>,
            _ => &Elementwise.Unary32<Canonical<RoundFloat>>,
        };
    }
}
