using System.Diagnostics.CodeAnalysis;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Walks over the tokens of a file.</summary>
internal sealed class TokenReader(string source, List<PtxToken> tokens)
{
    private int _index;

    public PtxToken Current => tokens[_index];

    public PtxToken Previous => tokens[Math.Max(0, _index - 1)];

    public bool IsAtEnd => Current.Kind == TokenKind.End;

    public PtxToken Peek(int ahead = 1) => tokens[Math.Min(_index + ahead, tokens.Count - 1)];

    public PtxToken Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End)
            _index++;
        return token;
    }

    public ReadOnlySpan<char> Span(PtxToken token) => source.AsSpan(token.Start, token.Length);

    /// <summary>The source between two offsets.</summary>
    public ReadOnlySpan<char> Span(int start, int end) => source.AsSpan(start, end - start);

    public string Text(PtxToken token) => source.Substring(token.Start, token.Length);

    /// <summary>What a message calls a token.</summary>
    public string Describe(PtxToken token) => token.Kind == TokenKind.End ? "the end of the file" : $"'{Text(token)}'";

    public bool TryTake(char symbol)
    {
        if (!Current.Is(symbol))
            return false;
        _index++;
        return true;
    }

    public bool TryTake(string dotted)
    {
        if (!IsDotted(dotted))
            return false;
        _index++;
        return true;
    }

    public bool IsDotted(string dotted) => Current.Kind == TokenKind.Dotted && Span(Current).SequenceEqual(dotted);

    public PtxToken Expect(char symbol, string where)
    {
        if (!Current.Is(symbol))
            Fail(Current.Position, $"'{symbol}' expected {where}, found {Describe(Current)}");
        return Take();
    }

    public PtxToken Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
            Fail(Current.Position, $"{what} expected, found {Describe(Current)}");
        return Take();
    }

    /// <summary>Takes the semicolon. A missing one is reported behind the statement it should end.</summary>
    public void ExpectSemicolon(string statement)
    {
        if (TryTake(';'))
            return;
        if (Current.Position.Line == Previous.Position.Line)
            Fail(Current.Position, $"',' or ';' expected in {statement}, found {Describe(Current)}");
        var end = Previous.Position with { Column = Previous.Position.Column + Previous.Length };
        throw new MissingSemicolonException(end, $"';' expected after {statement}");
    }

    /// <summary>Skips to behind the next semicolon, or to a brace that closes the block that the statement stands in.</summary>
    public void SkipStatement()
    {
        for (var depth = 0; !IsAtEnd; _index++)
        {
            if (Current.Is('{'))
                depth++;
            else if (Current.Is('}') && depth-- == 0)
                return;
            else if (Current.Is(';'))
            {
                _index++;
                return;
            }
        }
    }

    /// <summary>Skips a block in braces; the opening brace is current.</summary>
    public void SkipBlock()
    {
        var depth = 0;
        do
        {
            if (Current.Is('{'))
                depth++;
            else if (Current.Is('}'))
                depth--;
            _index++;
        }
        while (depth > 0 && !IsAtEnd);
    }

    [DoesNotReturn]
    public static void Fail(PtxPosition position, string message, string kind = "syntax") =>
        throw new PtxSyntaxException(position, kind, message);
}
