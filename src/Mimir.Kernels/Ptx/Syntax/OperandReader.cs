using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads operands as written.</summary>
internal sealed class OperandReader(TokenReader reader)
{
    /// <summary>Reads the operands up to the semicolon, which stays.</summary>
    public List<RawOperand> ReadAll(InstructionForm form)
    {
        var operands = new List<RawOperand>(4);
        var isCall = form.Opcode == PtxOpcode.Call;
        // What stands on the next line behind an instruction without operands is the next statement: a semicolon is missing.
        var isNextStatement = form.Rows[0].Operands.Count == 0 && reader.Current.Position.Line > reader.Previous.Position.Line;
        if (reader.Current.Is(';') || reader.Current.Is('}') || isNextStatement)
            return operands;
        do
            operands.Add(Read(isCall));
        while (reader.TryTake(','));
        return operands;
    }

    private RawOperand Read(bool isCall)
    {
        var token = reader.Current;
        if (token.Is('{'))
            return ReadVector();
        if (token.Is('['))
            return ReadAddress();
        if (token.Is('(') && isCall)
            return ReadGroup();
        if (token.Kind == TokenKind.Identifier && !IsWarpSize(token))
            return ReadName();
        if (token.Is('!') && reader.Peek().Kind == TokenKind.Identifier)
        {
            reader.Take();
            return ReadPlainName() with { IsNegated = true, Position = token.Position };
        }
        if (!ConstantExpression.CanStart(reader))
            TokenReader.Fail(token.Position, $"an operand expected, found {reader.Describe(token)}");
        return new RawConstant(token.Position, ConstantExpression.Read(reader));
    }

    private bool IsWarpSize(PtxToken token) => reader.Span(token) is "WARP_SZ";

    private RawName ReadPlainName()
    {
        var token = reader.Expect(TokenKind.Identifier, "a name");
        string? component = null;
        if (reader.Current.Kind == TokenKind.Dotted)
            component = reader.Text(reader.Take())[1..];
        return new RawName(token.Position, reader.Text(token), component, 0, false);
    }

    private RawOperand ReadName()
    {
        var name = ReadPlainName();
        if (reader.TryTake('|'))
            return new RawPair(name.Position, name, ReadPlainName());
        return reader.Current.Is('+') || reader.Current.Is('-') ? name with { Addend = ReadOffset() } : name;
    }

    private RawVector ReadVector()
    {
        var position = reader.Take().Position;
        var elements = new List<RawOperand>(4);
        do
            elements.Add(Read(false));
        while (reader.TryTake(','));
        reader.Expect('}', "at the end of the vector");
        return new RawVector(position, elements);
    }

    private RawGroup ReadGroup()
    {
        var position = reader.Take().Position;
        var elements = new List<RawOperand>(4);
        if (!reader.Current.Is(')'))
        {
            do
                elements.Add(Read(false));
            while (reader.TryTake(','));
        }
        reader.Expect(')', "at the end of the list");
        return new RawGroup(position, elements);
    }

    private RawAddress ReadAddress()
    {
        var position = reader.Take().Position;
        var namePosition = reader.Current.Position;
        string? name = null;
        long offset = 0;
        if (reader.Current.Kind == TokenKind.Identifier && !IsWarpSize(reader.Current))
        {
            var token = reader.Take();
            name = reader.Text(token);
            if (reader.Current.Kind == TokenKind.Dotted)
                TokenReader.Fail(token.Position, $"{name}{reader.Text(reader.Current)} cannot be an address", "operand");
            if (reader.Current.Is('+') || reader.Current.Is('-'))
                offset = ReadOffset();
        }
        else
        {
            offset = ConstantExpression.ReadInteger(reader, "an address", long.MinValue, long.MaxValue);
        }
        reader.Expect(']', "at the end of the address");
        return new RawAddress(position, name, namePosition, offset);
    }

    /// <summary><c>+8</c>, <c>-8</c> or, as compilers write it, <c>+-8</c>.</summary>
    private long ReadOffset()
    {
        var isNegative = reader.Take().Is('-');
        var value = ConstantExpression.ReadInteger(reader, "an offset", long.MinValue, long.MaxValue);
        return isNegative ? -value : value;
    }
}
