namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What kinds of operand can stand in a place.</summary>
internal enum OperandKind
{
    /// <summary>A register or what else <see cref="OperandRule"/> allows.</summary>
    Value,
    Address,
    Label,
    Call,
}

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

/// <summary>Constants allowed in a place.</summary>
internal sealed record ConstantLimit(IReadOnlyList<ulong>? Values, ulong Minimum, ulong Maximum, ulong Multiple)
{
    /// <summary>Reads <c>4|8|16</c>, <c>0..15</c> or <c>*32</c>.</summary>
    public static ConstantLimit Parse(string text)
    {
        if (text.StartsWith('*'))
            return new ConstantLimit(null, 1, ulong.MaxValue, ulong.Parse(text[1..]));
        var range = text.Split("..");
        return range.Length == 2
            ? new ConstantLimit(null, ulong.Parse(range[0]), ulong.Parse(range[1]), 1)
            : new ConstantLimit(text.Split('|').Select(ulong.Parse).ToArray(), 0, 0, 1);
    }

    public bool Allows(ulong value) =>
        Values?.Contains(value) ?? (value >= Minimum && value <= Maximum && value % Multiple == 0);

    /// <inheritdoc/>
    public override string ToString() => Values is not null
        ? string.Join(" or ", Values)
        : Multiple > 1 ? $"a positive multiple of {Multiple}" : $"{Minimum} to {Maximum}";
}
