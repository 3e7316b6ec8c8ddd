using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads one instruction and binds its operands.</summary>
internal sealed class InstructionParser(TokenReader reader, int version, int target, SourceLocations locations)
{
    private readonly OperandReader _operands = new(reader);
    private readonly InstructionMatcher _matcher = new(version, target);
    private readonly Dictionary<string, InstructionForm> _forms = [];

    /// <summary>Where the source lines are kept.</summary>
    public SourceLocations Locations => locations;

    /// <summary>The same instruction with other operands.</summary>
    public static PtxInstruction WithOperands(PtxInstruction instruction, IReadOnlyList<PtxOperand> operands) => new()
    {
        Opcode = instruction.Opcode,
        Text = instruction.Text,
        Modifiers = instruction.Modifiers,
        Types = instruction.Types,
        Space = instruction.Space,
        Guard = instruction.Guard,
        Operands = operands,
        Position = instruction.Position,
        SourceLine = instruction.SourceLine,
    };

    /// <summary>Reads an instruction with its guard and its semicolon.</summary>
    public PtxInstruction Read(FunctionSymbols symbols)
    {
        var guard = reader.Current.Is('@') ? ReadGuard(symbols) : null;
        var opcode = reader.Expect(TokenKind.Identifier, "an instruction");
        var form = ReadForm(opcode);
        var raw = _operands.ReadAll(form);
        reader.ExpectSemicolon(form.Text);
        var operands = form.Opcode == PtxOpcode.Call
            ? [new CallBinder(symbols, form, opcode.Position).Bind(raw)]
            : new OperandBinder(symbols, version, target).Bind(form, raw, opcode.Position);
        var instruction = new PtxInstruction
        {
            Opcode = form.Opcode,
            Text = form.Text,
            Modifiers = form.Modifiers,
            Types = form.Types,
            Space = form.Space,
            Guard = guard,
            Operands = operands,
            Position = opcode.Position,
            SourceLine = locations.Line,
        };
        InstructionRules.Check(instruction, form, version);
        return instruction;
    }

    private RegisterOperand ReadGuard(FunctionSymbols symbols)
    {
        var at = reader.Take();
        var isNegated = reader.TryTake('!');
        var name = reader.Expect(TokenKind.Identifier, "a predicate register");
        return symbols.Find(reader.Text(name)) switch
        {
            PtxRegister { Type: PtxType.Pred } register => new RegisterOperand(at.Position, register, isNegated),
            PtxRegister register => throw new PtxSyntaxException(
                name.Position, "type", $"the guard {register.Name} is .{register.Type.Name()}, a predicate is needed"),
            null => throw new PtxSyntaxException(name.Position, "undeclared", $"{reader.Text(name)} is not declared"),
            _ => throw new PtxSyntaxException(name.Position, "operand", $"the guard {reader.Text(name)} is no predicate register"),
        };
    }

    private InstructionForm ReadForm(PtxToken opcode)
    {
        var end = opcode.End;
        var first = reader.Current;
        List<PtxToken>? suffixes = null;
        while (reader.Current.Kind == TokenKind.Dotted)
        {
            (suffixes ??= []).Add(reader.Current);
            end = reader.Take().End;
        }
        var text = reader.Span(opcode.Start, end);
        if (_forms.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known))
            return known;
        var names = suffixes?.Select(token => reader.Text(token)[1..]).ToArray() ?? [];
        var (form, error) = _matcher.Match(reader.Text(opcode), names);
        if (form is null)
        {
            var position = error!.Suffix < 0 ? opcode.Position : suffixes![error.Suffix].Position;
            throw new PtxSyntaxException(position, error.Kind, error.Message);
        }
        _forms.Add(text.ToString(), form);
        return form;
    }
}
