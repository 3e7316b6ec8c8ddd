namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Kinds of tokens. A single-character symbol is <see cref="Symbol"/> and asked for by its character.</summary>
internal enum TokenKind : byte
{
    End,
    Identifier,

    /// <summary>A dot with what follows it: a directive, a modifier or a component, <c>::</c> included.</summary>
    Dotted,
    Integer,
    Float,
    String,
    Symbol,
    ShiftLeft,
    ShiftRight,
    LessOrEqual,
    GreaterOrEqual,
    Equal,
    NotEqual,
    BothTrue,
    EitherTrue,
}

/// <summary>A token as a piece of the source.</summary>
internal readonly record struct PtxToken(TokenKind Kind, char First, int Start, int Length, PtxPosition Position)
{
    public int End => Start + Length;

    /// <summary>Whether it is that single character.</summary>
    public bool Is(char symbol) => Kind == TokenKind.Symbol && First == symbol;
}
