namespace Mimir.Kernels.Ptx.Rules;

/// <summary>An opcode with its suffixes, looked up in the table.</summary>
/// <param name="Opcode">The instruction.</param>
/// <param name="Text">As written.</param>
/// <param name="Modifiers">Its modifiers.</param>
/// <param name="Types">Its types in order.</param>
/// <param name="Spaces">Its state spaces in order.</param>
/// <param name="Rows">The rows that it fits.</param>
/// <param name="NewerRows">Rows that it would fit in a later version or on a later target.</param>
internal sealed record InstructionForm(
    PtxOpcode Opcode, string Text, ModifierSet Modifiers, IReadOnlyList<PtxType> Types, IReadOnlyList<StateSpace> Spaces,
    IReadOnlyList<InstructionRow> Rows, IReadOnlyList<InstructionRow> NewerRows)
{
    /// <summary>Space of the first address, generic when none is written.</summary>
    public StateSpace Space => Spaces.Count > 0 ? Spaces[0] : StateSpace.Generic;

    /// <summary>Elements of a vector access: 1, 2 or 4.</summary>
    public int VectorLength => Modifiers.Has(PtxModifier.V4) ? 4 : Modifiers.Has(PtxModifier.V2) ? 2 : 1;
}
