namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads the directives that say where PTX came from, and those without any effect: .file, .loc, .section, .pragma.</summary>
internal sealed class SourceLocations(TokenReader reader)
{
    private readonly Dictionary<long, string> _files = [];

    /// <summary>file:line of the latest .loc; null before the first one of a function.</summary>
    public string? Line { get; private set; }

    /// <summary>A function begins: its instructions belong to no line yet.</summary>
    public void Forget() => Line = null;

    /// <summary>Reads such a directive if one stands here.</summary>
    public bool TryReadDirective()
    {
        if (reader.Current.Kind != TokenKind.Dotted)
            return false;
        switch (reader.Span(reader.Current))
        {
            case ".file":
                ReadFile();
                return true;
            case ".loc":
                ReadLocation();
                return true;
            case ".section":
                ReadSection();
                return true;
            case ".pragma":
                ReadPragma();
                return true;
            default:
                return false;
        }
    }

    private void ReadFile()
    {
        reader.Take();
        var index = ConstantExpression.ReadInteger(reader, "the number of the file", 0, int.MaxValue);
        var name = reader.Text(reader.Expect(TokenKind.String, "the name of the file")).Trim('"');
        if (reader.Current.Kind == TokenKind.String)
            name += "/" + reader.Text(reader.Take()).Trim('"');
        while (reader.TryTake(','))
            reader.Take();
        _files[index] = name;
    }

    private void ReadLocation()
    {
        reader.Take();
        var file = ConstantExpression.ReadInteger(reader, "the number of the file", 0, int.MaxValue);
        var line = ConstantExpression.ReadInteger(reader, "the line", 0, int.MaxValue);
        ConstantExpression.ReadInteger(reader, "the column", 0, int.MaxValue);
        while (reader.Current.Is(',') && reader.Peek().Kind == TokenKind.Identifier)
            ReadInlining();
        if (line > 0)
            Line = _files.TryGetValue(file, out var name) ? $"{name}:{line}" : $"{file}:{line}";
    }

    /// <summary><c>, function_name label+offset</c> or <c>, inlined_at file line column</c>.</summary>
    private void ReadInlining()
    {
        reader.Take();
        var word = reader.Take();
        if (reader.Span(word) is "function_name")
        {
            reader.Expect(TokenKind.Identifier, "a label");
            if (reader.TryTake('+'))
                ConstantExpression.ReadInteger(reader, "an offset", 0, int.MaxValue);
        }
        else if (reader.Span(word) is "inlined_at")
        {
            for (var i = 0; i < 3; i++)
                ConstantExpression.ReadInteger(reader, "a place", 0, int.MaxValue);
        }
        else
        {
            TokenReader.Fail(word.Position, $".loc knows function_name and inlined_at, not {reader.Describe(word)}");
        }
    }

    private void ReadSection()
    {
        reader.Take();
        if (reader.Current.Kind is not (TokenKind.Dotted or TokenKind.Identifier))
            TokenReader.Fail(reader.Current.Position, "the name of the section expected");
        reader.Take();
        if (!reader.Current.Is('{'))
            TokenReader.Fail(reader.Current.Position, $"'{{' expected, found {reader.Describe(reader.Current)}");
        reader.SkipBlock();
    }

    private void ReadPragma()
    {
        reader.Take();
        do
            reader.Expect(TokenKind.String, "a string");
        while (reader.TryTake(','));
        reader.ExpectSemicolon(".pragma");
    }
}
