namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>An operand as written, before it is known what may stand in its place.</summary>
internal abstract record RawOperand(PtxPosition Position);

/// <summary>A name, with a component (<c>.x</c>), an addend (<c>name+8</c>) or a negation (<c>!p</c>).</summary>
internal sealed record RawName(PtxPosition Position, string Name, string? Component, long Addend, bool IsNegated) : RawOperand(Position)
{
    public bool IsPlain => Component is null && Addend == 0 && !IsNegated;

    /// <inheritdoc/>
    public override string ToString() => (IsNegated ? "!" : "") + Name + (Component is null ? "" : "." + Component);
}

/// <summary>A literal or constant expression.</summary>
internal sealed record RawConstant(PtxPosition Position, PtxConstant Value) : RawOperand(Position);

/// <summary><c>[base+offset]</c>.</summary>
internal sealed record RawAddress(PtxPosition Position, string? Name, PtxPosition NamePosition, long Offset) : RawOperand(Position);

/// <summary><c>{a, b}</c>.</summary>
internal sealed record RawVector(PtxPosition Position, IReadOnlyList<RawOperand> Elements) : RawOperand(Position);

/// <summary><c>p|q</c>.</summary>
internal sealed record RawPair(PtxPosition Position, RawName First, RawName Second) : RawOperand(Position);

/// <summary><c>(a, b)</c> of a call.</summary>
internal sealed record RawGroup(PtxPosition Position, IReadOnlyList<RawOperand> Elements) : RawOperand(Position);
