namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads a whole module: header, directives, variables, functions. After an error it goes on with the next item.</summary>
internal sealed class ModuleParser
{
    /// <summary>Static .const memory of a module.</summary>
    private const long MaximumConstantBytes = 65536;

    private readonly TokenReader _reader;
    private readonly DiagnosticBag _diagnostics;
    private readonly string _file;
    private readonly ModuleHeader _header;
    private readonly SymbolScope _scope = new(null);
    private readonly List<PtxVariable> _variables = [];
    private readonly List<ParsedFunction> _functions = [];
    private readonly SourceLocations _locations;

    public ModuleParser(TokenReader reader, DiagnosticBag diagnostics, string file)
    {
        (_reader, _diagnostics, _file) = (reader, diagnostics, file);
        _header = new ModuleHeader(reader, diagnostics);
        _locations = new SourceLocations(reader);
    }

    public PtxModule Parse()
    {
        _header.Read();
        var instructions = new InstructionParser(_reader, _header.Version, _header.Target, _locations);
        while (!_reader.IsAtEnd && !_diagnostics.IsFull)
        {
            try
            {
                ReadItem(instructions);
            }
            catch (MissingSemicolonException exception)
            {
                _diagnostics.Error(exception);
            }
            catch (PtxSyntaxException exception)
            {
                _diagnostics.Error(exception);
                SkipItem();
            }
        }
        CheckConstants();
        return new ModuleLayout(_variables, _functions, _diagnostics).Build(_file, _header.Version, _header.Target);
    }

    private void ReadItem(InstructionParser instructions)
    {
        var token = _reader.Current;
        if (token.Kind != TokenKind.Dotted)
            TokenReader.Fail(token.Position, $"a directive expected, found {_reader.Describe(token)}");
        if (_locations.TryReadDirective())
            return;
        var linkage = ReadLinkage();
        var directive = _reader.Take();
        switch (_reader.Text(directive))
        {
            case ".entry":
                ReadFunction(instructions, true, linkage);
                break;
            case ".func":
                ReadFunction(instructions, false, linkage);
                break;
            case ".global":
                ReadVariables(StateSpace.Global, linkage);
                break;
            case ".const":
                ReadVariables(StateSpace.Const, linkage);
                break;
            case ".shared":
                ReadVariables(StateSpace.Shared, linkage);
                break;
            case ".version" or ".target" or ".address_size":
                TokenReader.Fail(directive.Position, $"{_reader.Text(directive)} stands once, at the head of the module, in the order .version, .target, .address_size", "module");
                break;
            case ".local" or ".reg" or ".param":
                TokenReader.Fail(directive.Position, $"{_reader.Text(directive)} belongs into a function", "declaration");
                break;
            case ".alias" or ".tex" or ".surf" or ".sampler":
                TokenReader.Fail(directive.Position, $"{_reader.Text(directive)} is not supported", "unsupported");
                break;
            default:
                TokenReader.Fail(directive.Position, $"unknown directive {_reader.Text(directive)}");
                break;
        }
    }

    private Linkage ReadLinkage()
    {
        var linkage = Linkage.None;
        while (true)
        {
            var position = _reader.Current.Position;
            Linkage next;
            if (_reader.TryTake(".visible"))
                next = Linkage.Visible;
            else if (_reader.TryTake(".extern"))
                next = Linkage.Extern;
            else if (_reader.TryTake(".weak"))
                next = Linkage.Weak;
            else if (_reader.TryTake(".common"))
                next = Linkage.Common;
            else
                return linkage;
            if (linkage != Linkage.None)
                TokenReader.Fail(position, "an item has one linkage directive", "declaration");
            linkage = next;
        }
    }

    private void ReadVariables(StateSpace space, Linkage linkage)
    {
        var isExternal = linkage == Linkage.Extern;
        foreach (var variable in new VariableReader(_reader, Find).ReadAll(space, isExternal))
        {
            if (isExternal && variable.Initial is not null)
                TokenReader.Fail(variable.Position, $"the .extern variable {variable.Name} cannot be initialised", "declaration");
            Declare(variable);
        }
        _reader.ExpectSemicolon("the declaration");
    }

    private void Declare(PtxVariable variable)
    {
        if (_scope.TryDeclare(variable.Name, variable))
        {
            _variables.Add(variable);
            return;
        }
        if (_scope.Own(variable.Name) is PtxVariable { IsExternal: true } older && older.Space == variable.Space && older.Type == variable.Type)
        {
            if (!variable.IsExternal)
            {
                _variables[_variables.IndexOf(older)] = variable;
                _scope.Replace(variable.Name, variable);
            }
            return;
        }
        TokenReader.Fail(variable.Position, $"{variable.Name} is declared already", "redeclared");
    }

    private object? Find(string name) => _scope.TryFind(name, (_, _, _) => throw new InvalidOperationException(), out var symbol) ? symbol : null;

    private void ReadFunction(InstructionParser instructions, bool isEntry, Linkage linkage)
    {
        var parser = new FunctionParser(_reader, _diagnostics, _scope, instructions, _header);
        var header = parser.ReadHeader(isEntry);
        DeclareFunction(header.Symbol);
        var isPrototype = _reader.Current.Is(';');
        if (isPrototype)
            _reader.Take();
        else if (linkage == Linkage.Extern)
            TokenReader.Fail(_reader.Current.Position, $"the .extern function {header.Symbol.Name} cannot have a body", "declaration");
        else
            Define(header.Symbol);
        var body = isPrototype ? null : parser.ReadBody(header);
        var older = _functions.FindIndex(function => function.Header.Symbol.Name == header.Symbol.Name);
        if (older < 0)
            _functions.Add(new ParsedFunction(header, body));
        else if (body is not null)
            _functions[older] = new ParsedFunction(header, body);
    }

    private void DeclareFunction(FunctionSymbol symbol)
    {
        if (_scope.TryDeclare(symbol.Name, symbol))
            return;
        if (_scope.Own(symbol.Name) is not FunctionSymbol older)
            TokenReader.Fail(symbol.Position, $"{symbol.Name} is declared already", "redeclared");
        else if (!older.Agrees(symbol))
            TokenReader.Fail(symbol.Position, $"{symbol.Name} was declared with other parameters at {older.Position}", "redeclared");
        else
            symbol.IsDefined = older.IsDefined;
        _scope.Replace(symbol.Name, symbol);
    }

    private static void Define(FunctionSymbol symbol)
    {
        if (symbol.IsDefined)
            TokenReader.Fail(symbol.Position, $"{(symbol.IsEntry ? "the kernel" : "the function")} {symbol.Name} is defined twice", "redeclared");
        symbol.IsDefined = true;
    }

    private void CheckConstants()
    {
        var total = _variables.Where(variable => variable.Space == StateSpace.Const).Sum(variable => variable.Bytes);
        if (total <= MaximumConstantBytes)
            return;
        var last = _variables.Last(variable => variable.Space == StateSpace.Const);
        _diagnostics.Error(last.Position, "limit", $"{total} bytes of .const memory; a module may have {MaximumConstantBytes}");
    }

    /// <summary>Goes on at the next directive that begins an item, behind the body that may stand before it.</summary>
    private void SkipItem()
    {
        while (!_reader.IsAtEnd)
        {
            if (_reader.Current.Is('{'))
            {
                _reader.SkipBlock();
                return;
            }
            if (_reader.TryTake(';'))
                return;
            if (_reader.Current.Kind == TokenKind.Dotted && _reader.Text(_reader.Current) is ".visible" or ".extern" or ".weak" or ".entry" or ".func" or ".common")
                return;
            _reader.Take();
        }
    }

    private enum Linkage
    {
        None,
        Visible,
        Extern,
        Weak,
        Common,
    }
}
