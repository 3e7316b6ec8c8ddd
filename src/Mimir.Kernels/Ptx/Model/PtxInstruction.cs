namespace Mimir.Kernels.Ptx;

/// <summary>One instruction, checked: its operands have the kinds, classes and widths that the instruction takes.</summary>
public sealed class PtxInstruction
{
    /// <summary>What it does.</summary>
    public required PtxOpcode Opcode { get; init; }

    /// <summary>The opcode with all modifiers as written, for messages.</summary>
    public required string Text { get; init; }

    /// <summary>Modifiers other than types and state spaces.</summary>
    public required ModifierSet Modifiers { get; init; }

    /// <summary>Type suffixes in the order written (cvt.d.s, mma.d.a.b.c).</summary>
    public required IReadOnlyList<PtxType> Types { get; init; }

    /// <summary>The state space named; <see cref="StateSpace.Generic"/> where none is. For cp.async the destination's (shared).</summary>
    public StateSpace Space { get; init; }

    /// <summary>The guard <c>@p</c> or <c>@!p</c>; null where there is none.</summary>
    public RegisterOperand? Guard { get; init; }

    /// <summary>Operands in the order written. A memory destination or source stands at its written place as an
    /// <see cref="AddressOperand"/>.</summary>
    public required IReadOnlyList<PtxOperand> Operands { get; init; }

    /// <summary>Where it begins.</summary>
    public required PtxPosition Position { get; init; }

    /// <summary>The source line of the latest <c>.loc</c>, with its file; null without one.</summary>
    public string? SourceLine { get; init; }

    /// <summary>Whether a modifier is written.</summary>
    public bool Has(PtxModifier modifier) => Modifiers.Has(modifier);

    /// <inheritdoc/>
    public override string ToString() => $"{Text} at {Position}";
}
