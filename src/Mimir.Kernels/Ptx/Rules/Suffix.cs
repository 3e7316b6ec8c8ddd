namespace Mimir.Kernels.Ptx.Rules;

/// <summary>A known suffix of an opcode.</summary>
/// <param name="Name">As written, without the dot.</param>
/// <param name="Kind">Which of the values holds.</param>
/// <param name="Modifier">For modifiers.</param>
/// <param name="Type">For types.</param>
/// <param name="Space">For state spaces.</param>
internal sealed record Suffix(string Name, SuffixKind Kind, PtxModifier Modifier = default, PtxType Type = default, StateSpace Space = default)
{
    /// <summary>The first version and target that know it, whatever the instruction.</summary>
    public FeatureGate Gate { get; init; }
}
