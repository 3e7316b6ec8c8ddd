namespace Mimir.Kernels.Ptx.Rules;

/// <summary>A place among an opcode's suffixes.</summary>
/// <param name="Choices">The suffixes that can stand there.</param>
/// <param name="IsOptional">Whether it may be left out.</param>
internal sealed record SuffixSlot(IReadOnlyList<string> Choices, bool IsOptional)
{
    public SuffixKind Kind { get; } = ModifierNames.Find(Choices[0])!.Kind;
}
