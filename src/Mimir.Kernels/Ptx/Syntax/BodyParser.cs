using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads the statements of a body: declarations, labels, instructions, blocks. After an error it goes on with the next statement.</summary>
internal sealed class BodyParser(TokenReader reader, DiagnosticBag diagnostics, FunctionSymbols symbols, InstructionParser instructions)
{
    private readonly List<PtxInstruction> _instructions = [];
    private readonly List<(int Instruction, SymbolScope Scope)> _branches = [];
    private readonly SourceLocations _locations = instructions.Locations;
    private IReadOnlyList<PtxInstruction> _epilogue = [];

    /// <summary>Reads from the opening to the closing brace.</summary>
    /// <param name="function">Whose body it is.</param>
    /// <param name="prologue">Instructions that come first.</param>
    /// <param name="epilogue">Instructions before each return.</param>
    public IReadOnlyList<PtxInstruction> Read(
        FunctionSymbol function, IReadOnlyList<PtxInstruction> prologue, IReadOnlyList<PtxInstruction> epilogue)
    {
        _instructions.AddRange(prologue);
        _epilogue = epilogue;
        var open = reader.Take();
        _locations.Forget();
        symbols.Enter();
        var depth = 1;
        while (depth > 0 && !diagnostics.IsFull)
        {
            if (reader.IsAtEnd || BeginsAnItem())
            {
                diagnostics.Error(reader.Current.Position, "syntax", $"'}}' expected: the body of {function.Name}, opened at {open.Position}, is not closed");
                break;
            }
            depth += Step();
        }
        if (_instructions.Count == 0 || !(_instructions[^1] is { Opcode: PtxOpcode.Ret, Guard: null }))
            _instructions.AddRange(epilogue);
        foreach (var (instruction, scope) in _branches)
            Resolve(instruction, scope);
        return _instructions;
    }

    /// <summary>Whether a directive stands here that only a module has.</summary>
    private bool BeginsAnItem() =>
        reader.Current.Kind == TokenKind.Dotted && reader.Span(reader.Current) is ".visible" or ".entry" or ".func" or ".extern" or ".weak";

    /// <summary>Reads one statement; the change of the depth of blocks.</summary>
    private int Step()
    {
        var before = reader.Current;
        try
        {
            return ReadStatement();
        }
        catch (MissingSemicolonException exception)
        {
            diagnostics.Error(exception);
        }
        catch (PtxSyntaxException exception)
        {
            diagnostics.Error(exception);
            // An operand is looked at when its statement has been read: then there is nothing to skip.
            if (!(reader.Previous.Is(';') && reader.Current != before))
                reader.SkipStatement();
        }
        return 0;
    }

    private int ReadStatement()
    {
        if (reader.TryTake('{'))
        {
            symbols.Enter();
            return 1;
        }
        if (reader.TryTake('}'))
        {
            symbols.Leave();
            return -1;
        }
        if (reader.TryTake(';') || _locations.TryReadDirective())
            return 0;
        if (reader.Current.Kind == TokenKind.Dotted)
            ReadDirective();
        else if (reader.Current.Kind == TokenKind.Identifier && reader.Peek().Is(':'))
            ReadLabel();
        else
            ReadInstruction();
        return 0;
    }

    private void ReadInstruction()
    {
        var instruction = instructions.Read(symbols);
        if (instruction.Opcode == PtxOpcode.Ret)
            _instructions.AddRange(_epilogue);
        if (instruction.Opcode == PtxOpcode.Bra)
            _branches.Add((_instructions.Count, symbols.Scope));
        _instructions.Add(instruction);
    }

    private void ReadLabel()
    {
        var token = reader.Take();
        reader.Take();
        var name = reader.Text(token);
        if (reader.Current.Kind == TokenKind.Dotted && reader.Text(reader.Current) is ".branchtargets" or ".calltargets" or ".callprototype")
            TokenReader.Fail(reader.Current.Position, $"{reader.Text(reader.Current)} is not supported", "unsupported");
        if (!symbols.Scope.TryDeclare(name, new LabelSymbol(_instructions.Count, token.Position)))
            diagnostics.Error(token.Position, "redeclared", $"the label {name} is declared already");
    }

    private void ReadDirective()
    {
        var directive = reader.Take();
        switch (reader.Text(directive))
        {
            case ".reg":
                ReadRegisters();
                break;
            case ".shared":
                ReadVariables(StateSpace.Shared);
                break;
            case ".local":
                ReadVariables(StateSpace.Local);
                break;
            case ".param":
                ReadVariables(StateSpace.Param);
                break;
            case ".global":
                ReadVariables(StateSpace.Global);
                break;
            case ".const":
                ReadVariables(StateSpace.Const);
                break;
            case ".branchtargets" or ".calltargets" or ".callprototype":
                TokenReader.Fail(directive.Position, $"{reader.Text(directive)} is not supported", "unsupported");
                break;
            default:
                TokenReader.Fail(directive.Position, $"unknown directive {reader.Text(directive)}");
                break;
        }
        reader.ExpectSemicolon("the declaration");
    }

    private void ReadVariables(StateSpace space)
    {
        foreach (var variable in new VariableReader(reader, symbols.Find).ReadAll(space, false))
            symbols.DeclareVariable(variable);
    }

    private void ReadRegisters()
    {
        var type = ReadRegisterType();
        do
        {
            var name = reader.Expect(TokenKind.Identifier, "a register's name");
            if (reader.TryTake('<'))
            {
                var count = ConstantExpression.ReadCount(reader, "the number of registers");
                reader.Expect('>', "after the number of registers");
                symbols.DeclareRegisters(reader.Text(name), (int)count, type, name.Position);
            }
            else
            {
                DeclareRegister(name, type);
            }
        }
        while (reader.TryTake(','));
    }

    private void DeclareRegister(PtxToken token, PtxType type)
    {
        var name = reader.Text(token);
        if (name == "_")
            TokenReader.Fail(token.Position, "'_' is no register's name", "declaration");
        if (SpecialRegisters.Find(name, null) is not null)
            TokenReader.Fail(token.Position, $"{name} is a special register and cannot be declared", "redeclared");
        symbols.DeclareRegister(name, type, token.Position);
    }

    private PtxType ReadRegisterType()
    {
        var token = reader.Expect(TokenKind.Dotted, "a type");
        var name = reader.Text(token)[1..];
        if (name is "v2" or "v4" or "b128")
            TokenReader.Fail(token.Position, $"registers of .{name} are not supported", "unsupported");
        if (ModifierNames.Find(name) is not { Kind: SuffixKind.Type } suffix)
            throw new PtxSyntaxException(token.Position, "type", $".{name} is no type");
        if (suffix.Type is PtxType.BF16 or PtxType.BF16x2 or PtxType.TF32)
            TokenReader.Fail(token.Position, $"there are no .{name} registers; .{(suffix.Type == PtxType.BF16 ? "b16" : "b32")} holds it", "type");
        return suffix.Type;
    }

    /// <summary>Gives a branch its target, now that all labels are known.</summary>
    private void Resolve(int index, SymbolScope scope)
    {
        var instruction = _instructions[index];
        var label = (LabelOperand)instruction.Operands[0];
        for (var at = scope; at is not null; at = at.Outer)
        {
            if (at.Own(label.Name) is not LabelSymbol symbol)
                continue;
            _instructions[index] = InstructionParser.WithOperands(instruction, [label with { Target = symbol.Target }]);
            return;
        }
        diagnostics.Error(label.Position, "undeclared", $"the label {label.Name} is not defined in this function");
    }
}
