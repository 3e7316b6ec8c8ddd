namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The relations that all comparisons come down to.</summary>
internal enum RelationKind
{
    Equal,
    Less,
    LessEqual,

    /// <summary>Floats only: different, and no NaN.</summary>
    Different,

    /// <summary>Floats only: no NaN.</summary>
    Ordered,
}

/// <summary>Comparisons of setp and set. a &gt; b is b &lt; a; the unordered forms of floats are the opposites of ordered ones.</summary>
internal static unsafe class Relation
{
    /// <summary>The relation of an instruction, whether its operands change places, and whether its opposite is meant.</summary>
    public static (RelationKind Kind, bool IsSwapped, bool IsInverted) Of(PtxInstruction instruction)
    {
        var isFloat = instruction.Types[^1].IsFloat();
        if (instruction.Has(PtxModifier.Eq))
            return (RelationKind.Equal, false, false);
        if (instruction.Has(PtxModifier.Ne))
            return isFloat ? (RelationKind.Different, false, false) : (RelationKind.Equal, false, true);
        if (instruction.Has(PtxModifier.Lt) || instruction.Has(PtxModifier.Lo))
            return (RelationKind.Less, false, false);
        if (instruction.Has(PtxModifier.Gt) || instruction.Has(PtxModifier.Hi))
            return (RelationKind.Less, true, false);
        if (instruction.Has(PtxModifier.Le) || instruction.Has(PtxModifier.Ls))
            return isFloat ? (RelationKind.LessEqual, false, false) : (RelationKind.Less, true, true);
        if (instruction.Has(PtxModifier.Ge) || instruction.Has(PtxModifier.Hs))
            return isFloat ? (RelationKind.LessEqual, true, false) : (RelationKind.Less, false, true);
        if (instruction.Has(PtxModifier.Equ))
            return (RelationKind.Different, false, true);
        if (instruction.Has(PtxModifier.Neu))
            return (RelationKind.Equal, false, true);
        if (instruction.Has(PtxModifier.Ltu))
            return (RelationKind.LessEqual, true, true);
        if (instruction.Has(PtxModifier.Leu))
            return (RelationKind.Less, true, true);
        if (instruction.Has(PtxModifier.Gtu))
            return (RelationKind.LessEqual, false, true);
        if (instruction.Has(PtxModifier.Geu))
            return (RelationKind.Less, false, true);
        return (RelationKind.Ordered, false, !instruction.Has(PtxModifier.Num));
    }

    /// <summary>The handler of a relation on a type.</summary>
    public static Handler Handler(RelationKind kind, PtxType type, bool flushes, bool isSet) => type switch
    {
        PtxType.F32 when flushes => kind switch
        {
            RelationKind.Equal => Of<Test32<FlushedRelation<EqualFloat>>>(isSet),
            RelationKind.Less => Of<Test32<FlushedRelation<LessFloat>>>(isSet),
            RelationKind.LessEqual => Of<Test32<FlushedRelation<LessEqualFloat>>>(isSet),
            RelationKind.Different => Of<Test32<FlushedRelation<DifferentFloat>>>(isSet),
            _ => Of<Test32<OrderedFloat>>(isSet),
        },
        PtxType.F32 => kind switch
        {
            RelationKind.Equal => Of<Test32<EqualFloat>>(isSet),
            RelationKind.Less => Of<Test32<LessFloat>>(isSet),
            RelationKind.LessEqual => Of<Test32<LessEqualFloat>>(isSet),
            RelationKind.Different => Of<Test32<DifferentFloat>>(isSet),
            _ => Of<Test32<OrderedFloat>>(isSet),
        },
        PtxType.F64 => kind switch
        {
            RelationKind.Equal => Of<Test64<EqualFloat>>(isSet),
            RelationKind.Less => Of<Test64<LessFloat>>(isSet),
            RelationKind.LessEqual => Of<Test64<LessEqualFloat>>(isSet),
            RelationKind.Different => Of<Test64<DifferentFloat>>(isSet),
            _ => Of<Test64<OrderedFloat>>(isSet),
        },
        PtxType.F16 => flushes ? Half<FlushedFloat16>(kind, isSet) : Half<Float16>(kind, isSet),
        PtxType.BF16 => Half<BFloat16>(kind, isSet),
        _ when type.Bits() == 64 => kind == RelationKind.Equal ? Of<Test64<Equal>>(isSet)
            : type.IsSigned() ? Of<Test64<LessSigned>>(isSet) : Of<Test64<LessUnsigned>>(isSet),
        _ => kind == RelationKind.Equal ? Of<Test32<Equal>>(isSet)
            : type == PtxType.S16 ? Of<Test32<Relation16<LessSigned>>>(isSet)
            : type.IsSigned() ? Of<Test32<LessSigned>>(isSet) : Of<Test32<LessUnsigned>>(isSet),
    };

    /// <summary>The handler for the low halves of a packed type.</summary>
    public static Handler Lower(RelationKind kind, PtxType type) =>
        type == PtxType.F16x2 ? Half<LowerHalf<Float16>>(kind, isSet: false) : Half<LowerHalf<BFloat16>>(kind, isSet: false);

    /// <summary>The handler for the high halves of a packed type.</summary>
    public static Handler Upper(RelationKind kind, PtxType type) =>
        type == PtxType.F16x2 ? Half<UpperHalf<Float16>>(kind, isSet: false) : Half<UpperHalf<BFloat16>>(kind, isSet: false);

    private static Handler Half<TFormat>(RelationKind kind, bool isSet) where TFormat : IHalfFormat => kind switch
    {
        RelationKind.Equal => Of<Test32<HalfRelation<EqualFloat, TFormat>>>(isSet),
        RelationKind.Less => Of<Test32<HalfRelation<LessFloat, TFormat>>>(isSet),
        RelationKind.LessEqual => Of<Test32<HalfRelation<LessEqualFloat, TFormat>>>(isSet),
        RelationKind.Different => Of<Test32<HalfRelation<DifferentFloat, TFormat>>>(isSet),
        _ => Of<Test32<HalfRelation<OrderedFloat, TFormat>>>(isSet),
    };

    private static Handler Of<TTest>(bool isSet) where TTest : ITest =>
        isSet ? &Comparison.ToValue<TTest> : &Comparison.ToPredicate<TTest>;
}
