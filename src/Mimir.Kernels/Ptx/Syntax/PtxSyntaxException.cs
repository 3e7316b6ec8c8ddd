namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Why a statement is refused. Thrown inside the front end only and caught where the next statement is looked for.</summary>
internal class PtxSyntaxException(PtxPosition position, string kind, string message) : Exception(message)
{
    public PtxPosition Position { get; } = position;

    public string Kind { get; } = kind;
}
