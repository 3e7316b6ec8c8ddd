namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Cuts PTX into tokens. Comments, white space and line markers vanish; what is no token is reported and skipped.</summary>
internal ref struct PtxLexer(string source, DiagnosticBag diagnostics)
{
    private int _at;
    private int _line = 1;
    private int _lineStart;

    /// <summary>All tokens, the last of kind <see cref="TokenKind.End"/>.</summary>
    public static List<PtxToken> Tokenise(string source, DiagnosticBag diagnostics)
    {
        var tokens = new List<PtxToken>(source.Length / 4 + 16);
        var lexer = new PtxLexer(source, diagnostics);
        PtxToken token;
        do
        {
            token = lexer.Next();
            tokens.Add(token);
        }
        while (token.Kind != TokenKind.End && !diagnostics.IsFull);
        if (token.Kind != TokenKind.End)
            tokens.Add(new PtxToken(TokenKind.End, '\0', source.Length, 0, token.Position));
        return tokens;
    }

    private readonly PtxPosition Here => new(_line, _at - _lineStart + 1);

    private PtxToken Next()
    {
        while (true)
        {
            SkipBlanks();
            var start = _at;
            var position = Here;
            if (_at >= source.Length)
                return new PtxToken(TokenKind.End, '\0', start, 0, position);
            var first = source[_at];
            var kind = Scan(first);
            if (kind is { } found)
                return new PtxToken(found, first, start, _at - start, position);
        }
    }

    private TokenKind? Scan(char first)
    {
        if (char.IsAsciiLetter(first) || (first is '_' or '$' or '%' && IsWordPart(At(1))))
        {
            TakeWord();
            return TokenKind.Identifier;
        }
        if (first == '_')
        {
            _at++;
            return TokenKind.Identifier;
        }
        if (char.IsAsciiDigit(first))
            return TakeNumber();
        if (first == '.' && (IsWordPart(At(1)) || At(1) == '%'))
        {
            TakeDotted();
            return TokenKind.Dotted;
        }
        if (first == '"')
            return TakeString();
        return TakeSymbol(first);
    }

    private TokenKind? TakeSymbol(char first)
    {
        TokenKind? pair = (first, At(1)) switch
        {
            ('<', '<') => TokenKind.ShiftLeft,
            ('>', '>') => TokenKind.ShiftRight,
            ('<', '=') => TokenKind.LessOrEqual,
            ('>', '=') => TokenKind.GreaterOrEqual,
            ('=', '=') => TokenKind.Equal,
            ('!', '=') => TokenKind.NotEqual,
            ('&', '&') => TokenKind.BothTrue,
            ('|', '|') => TokenKind.EitherTrue,
            _ => null,
        };
        if (pair is not null)
        {
            _at += 2;
            return pair;
        }
        if (!"{}()[]<>,;:=+-*/%~!&|^?@.".Contains(first))
        {
            var name = char.IsBetween(first, ' ', '~') ? $"'{first}'" : $"U+{(int)first:X4}";
            diagnostics.Error(Here, "syntax", char.IsAscii(first)
                ? $"the character {name} has no meaning in PTX"
                : $"the character {name} is not ASCII; PTX files hold ASCII only, comments included");
            _at++;
            return null;
        }
        _at++;
        return TokenKind.Symbol;
    }

    private readonly char At(int ahead) => _at + ahead < source.Length ? source[_at + ahead] : '\0';

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$';

    private void TakeWord()
    {
        _at++;
        while (IsWordPart(At(0)))
            _at++;
    }

    private void TakeDotted()
    {
        TakeWord();
        while (At(0) == ':' && At(1) == ':' && IsWordPart(At(2)))
        {
            _at += 2;
            TakeWord();
        }
    }

    private TokenKind TakeNumber()
    {
        var isPrefixed = At(0) == '0' && char.IsAsciiLetter(At(1)) && At(1) is not ('e' or 'E' or 'U');
        if (isPrefixed)
        {
            var kind = At(1) is 'f' or 'F' or 'd' or 'D' ? TokenKind.Float : TokenKind.Integer;
            TakeWord();
            return kind;
        }
        var isFloat = false;
        while (char.IsAsciiDigit(At(0)))
            _at++;
        if (At(0) == '.' && !char.IsAsciiLetter(At(1)))
        {
            isFloat = true;
            _at++;
            while (char.IsAsciiDigit(At(0)))
                _at++;
        }
        if (At(0) is 'e' or 'E' && (char.IsAsciiDigit(At(1)) || (At(1) is '+' or '-' && char.IsAsciiDigit(At(2)))))
        {
            isFloat = true;
            _at += 2;
        }
        while (IsWordPart(At(0)))
            _at++;
        return isFloat ? TokenKind.Float : TokenKind.Integer;
    }

    private TokenKind TakeString()
    {
        var start = Here;
        _at++;
        while (At(0) is not ('"' or '\n' or '\0'))
            _at += At(0) == '\\' && At(1) is not ('\n' or '\0') ? 2 : 1;
        if (At(0) == '"')
            _at++;
        else
            diagnostics.Error(start, "syntax", "the string has no end on its line");
        return TokenKind.String;
    }

    private void SkipBlanks()
    {
        while (_at < source.Length)
        {
            var c = source[_at];
            if (c == '\n')
                TakeNewLine();
            else if (c is ' ' or '\t' or '\r' or '\f' or '\v' || (c == '\0' && IsTail()))
                _at++;
            else if (c == '/' && At(1) == '/')
                SkipLine();
            else if (c == '/' && At(1) == '*')
                SkipBlockComment();
            else if (c == '#' && IsFirstOfLine())
                SkipLineMarker();
            else
                return;
        }
    }

    /// <summary>Whether only zero characters follow: images kept for the driver end with one.</summary>
    private readonly bool IsTail() => source.AsSpan(_at).IndexOfAnyExcept('\0') < 0;

    private readonly bool IsFirstOfLine() => source.AsSpan(_lineStart, _at - _lineStart).IsWhiteSpace();

    private void TakeNewLine()
    {
        _at++;
        _line++;
        _lineStart = _at;
    }

    private void SkipLine()
    {
        while (_at < source.Length && source[_at] != '\n')
            TakeCommentCharacter();
    }

    private void SkipBlockComment()
    {
        var start = Here;
        _at += 2;
        while (_at < source.Length && !(source[_at] == '*' && At(1) == '/'))
        {
            if (source[_at] == '\n')
                TakeNewLine();
            else
                TakeCommentCharacter();
        }
        if (_at >= source.Length)
            diagnostics.Error(start, "syntax", "the comment has no end");
        _at = Math.Min(source.Length, _at + 2);
    }

    private void TakeCommentCharacter()
    {
        if (!char.IsAscii(source[_at]))
        {
            diagnostics.Error(Here, "syntax", $"the character U+{(int)source[_at]:X4} is not ASCII; PTX files hold ASCII only, comments included");
            _at = source.IndexOf('\n', _at) is var end and >= 0 ? end : source.Length;
            return;
        }
        _at++;
    }

    private void SkipLineMarker()
    {
        var end = source.IndexOf('\n', _at) is var found and >= 0 ? found : source.Length;
        var text = source.AsSpan(_at + 1, end - _at - 1).Trim();
        if (text.StartsWith("line"))
            text = text[4..].TrimStart();
        if (text.IsEmpty || !char.IsAsciiDigit(text[0]))
            diagnostics.Error(Here, "syntax", "only line markers may start with '#'; PTX has no preprocessor");
        _at = end;
    }
}
