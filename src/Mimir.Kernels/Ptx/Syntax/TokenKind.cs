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
