namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What one place of an instruction takes. The notation of the tables:
/// <c>0</c> … <c>3</c> the instruction's first … fourth type suffix, or the name of a fixed type; <c>0w</c> twice that wide;
/// <c>=</c> in front a destination; <c>|pred</c> behind an optional second destination; <c>%</c> a register only; <c>#</c> a constant only;
/// <c>&amp;</c> also a variable's address; <c>!</c> a predicate that may be negated; <c>~</c> a register that may be wider;
/// <c>_</c> a destination that may be <c>_</c>; <c>{2}</c> a vector of two; <c>v</c> a vector when <c>.v2</c> or <c>.v4</c> is written; <c>[]</c> an address;
/// <c>(4|8)</c> the constants allowed, <c>(0..15)</c> their range, <c>(*32)</c> a positive multiple; <c>?</c> behind: may be missing.</summary>
internal sealed record OperandRule
{
    public OperandKind Kind { get; init; }

    public bool IsDestination { get; init; }

    /// <summary>Index of the type suffix that gives the type, or −1 for <see cref="FixedType"/>.</summary>
    public int TypeIndex { get; init; } = -1;

    public PtxType FixedType { get; init; }

    /// <summary>The type is twice as wide as the suffix.</summary>
    public bool IsDoubled { get; init; }

    /// <summary>A 32-bit register of no float type: fragments of matrices.</summary>
    public bool IsFragment { get; init; }

    /// <summary>Width may exceed the type's: ld, st, cvt.</summary>
    public bool IsLoose { get; init; }

    public bool AllowsRegister { get; init; } = true;

    public bool AllowsConstant { get; init; }

    public bool AllowsVariable { get; init; }

    public bool AllowsNegation { get; init; }

    public bool IsOptional { get; init; }

    public bool HasSecondPredicate { get; init; }

    /// <summary>Whether <c>_</c> may stand for the destination.</summary>
    public bool AllowsSink { get; init; }

    /// <summary>Elements of a vector; 0 for a scalar.</summary>
    public int VectorLength { get; init; }

    /// <summary>A vector when the instruction has .v2 or .v4.</summary>
    public bool FollowsVectorModifier { get; init; }

    /// <summary>The constants that are legal; null for all of the type.</summary>
    public ConstantLimit? Limit { get; init; }

    /// <summary>The type for an instruction with these suffixes.</summary>
    public PtxType TypeFor(IReadOnlyList<PtxType> suffixes)
    {
        var type = TypeIndex < 0 ? FixedType : suffixes[TypeIndex];
        return !IsDoubled ? type : type switch
        {
            PtxType.U16 => PtxType.U32,
            PtxType.S16 => PtxType.S32,
            PtxType.U32 => PtxType.U64,
            _ => PtxType.S64,
        };
    }
}
