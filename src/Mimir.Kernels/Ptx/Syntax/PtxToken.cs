namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A token as a piece of the source.</summary>
internal readonly record struct PtxToken(TokenKind Kind, char First, int Start, int Length, PtxPosition Position)
{
    public int End => Start + Length;

    /// <summary>Whether it is that single character.</summary>
    public bool Is(char symbol) => Kind == TokenKind.Symbol && First == symbol;
}
