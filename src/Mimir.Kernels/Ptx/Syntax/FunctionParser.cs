namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads a kernel or device function.</summary>
internal sealed class FunctionParser(
    TokenReader reader, DiagnosticBag diagnostics, SymbolScope module, InstructionParser instructions, ModuleHeader version)
{
    private readonly FunctionSymbols _symbols = new(module);
    private readonly RegisterParameters _registerParameters = new();
    private readonly RegisterParameters _returnedRegisters = new();

    /// <summary>Reads from the list of returns or the name to the opening brace or semicolon.</summary>
    public FunctionHeader ReadHeader(bool isEntry)
    {
        List<PtxVariable> returns = [];
        if (reader.Current.Is('('))
        {
            if (isEntry)
                TokenReader.Fail(reader.Current.Position, "a kernel returns nothing", "declaration");
            returns = ReadParameters(false, _returnedRegisters);
        }
        var name = reader.Expect(TokenKind.Identifier, "the function's name");
        List<PtxVariable> parameters = reader.Current.Is('(') ? ReadParameters(isEntry, _registerParameters) : [];
        if (isEntry)
            _symbols.KernelParameters = parameters;
        var bytes = LayOut(parameters);
        LayOut(returns);
        CheckParameterBytes(isEntry, bytes, name);
        var header = new FunctionHeader
        {
            ParameterBytes = bytes,
            Symbol = new FunctionSymbol
            {
                Name = reader.Text(name), IsEntry = isEntry, Parameters = parameters, Returns = returns, Position = name.Position,
            },
        };
        new PerformanceDirectives(reader, header).Read(isEntry);
        if (!reader.Current.Is('{') && !reader.Current.Is(';'))
            TokenReader.Fail(reader.Current.Position, $"'{{' or ';' expected after the header of {header.Symbol.Name}, found {reader.Describe(reader.Current)}");
        return header;
    }

    /// <summary>Reads the body; the opening brace is current.</summary>
    public FunctionBody ReadBody(FunctionHeader header)
    {
        var body = new BodyParser(reader, diagnostics, _symbols, instructions)
            .Read(header.Symbol, _registerParameters.Loads(), _returnedRegisters.Stores());
        return new FunctionBody(body, _symbols.Registers, _symbols.Variables);
    }

    private List<PtxVariable> ReadParameters(bool isEntry, RegisterParameters registers)
    {
        reader.Take();
        var parameters = new List<PtxVariable>();
        while (!reader.Current.Is(')'))
        {
            var isRegister = !isEntry && reader.IsDotted(".reg");
            if (!isRegister && !reader.IsDotted(".param"))
                TokenReader.Fail(reader.Current.Position, $".param expected, found {reader.Describe(reader.Current)}");
            reader.Take();
            var parameter = new VariableReader(reader, _symbols.Find).ReadParameter(isEntry);
            if (isRegister)
                registers.Declare(parameter, _symbols);
            // A name of one underscore is a parameter that nobody reads.
            else if (parameter.Name != "_" && !_symbols.Scope.TryDeclare(parameter.Name, parameter))
                TokenReader.Fail(parameter.Position, $"the parameter {parameter.Name} is declared already", "redeclared");
            parameters.Add(parameter);
            if (!reader.TryTake(','))
                break;
        }
        reader.Expect(')', "after the parameters");
        return parameters;
    }

    /// <summary>Aligns and places parameters in order; the size of the block.</summary>
    private static int LayOut(List<PtxVariable> parameters)
    {
        long offset = 0;
        foreach (var parameter in parameters)
        {
            offset = (offset + parameter.Alignment - 1) / parameter.Alignment * parameter.Alignment;
            parameter.Offset = offset;
            offset += parameter.Bytes;
        }
        return (int)Math.Min(int.MaxValue, offset);
    }

    private void CheckParameterBytes(bool isEntry, int bytes, PtxToken name)
    {
        var limit = version is { Version: >= 81, Target: >= 70 } ? 32764 : 4096;
        if (isEntry && bytes > limit)
            TokenReader.Fail(name.Position, $"{reader.Text(name)} has {bytes} bytes of parameters; {limit} are the limit", "limit");
    }
}
