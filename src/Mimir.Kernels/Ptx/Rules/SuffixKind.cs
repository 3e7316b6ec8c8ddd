namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What a name behind a dot in an opcode is.</summary>
internal enum SuffixKind
{
    Modifier,
    Type,
    Space,
}
