using System.Buffers.Binary;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads what follows <c>=</c> in a declaration: a value or nested lists of values in braces; missing values are zero.</summary>
internal sealed class InitialiserReader(TokenReader reader, Func<string, object?> find, PtxType type, long? capacity, string variable)
{
    private readonly List<byte> _bytes = [];
    private readonly List<PtxAddressInitializer> _addresses = [];

    public InitialBytes Read()
    {
        if (reader.Current.Is('{'))
            ReadList();
        else
            ReadValue();
        return new InitialBytes(_bytes.ToArray(), _addresses);
    }

    private void ReadList()
    {
        reader.Take();
        while (!reader.Current.Is('}'))
        {
            if (reader.Current.Is('{'))
                ReadList();
            else
                ReadValue();
            if (!reader.TryTake(','))
                break;
        }
        reader.Expect('}', "at the end of the initialiser");
    }

    private void ReadValue()
    {
        var token = reader.Current;
        if (_bytes.Count + type.Bytes() > (capacity ?? long.MaxValue))
            TokenReader.Fail(token.Position, $"{variable} has more initial values than elements", "declaration");
        if (token.Kind == TokenKind.Identifier && reader.Span(token) is not "WARP_SZ")
        {
            ReadAddress();
            return;
        }
        if (!ConstantExpression.CanStart(reader))
            TokenReader.Fail(token.Position, $"an initial value expected, found {reader.Describe(token)}");
        var value = ConstantExpression.Read(reader);
        if (reader.Current.Is('('))
            TokenReader.Fail(token.Position, "parts of addresses as initial values are not supported", "unsupported");
        if (value.ToBits(type, out var reason) is not { } bits)
            throw new PtxSyntaxException(token.Position, "literal", $"{variable}: {reason}");
        Append(bits);
    }

    private void ReadAddress()
    {
        var token = reader.Take();
        var isGeneric = reader.Span(token) is "generic" && reader.TryTake('(');
        if (isGeneric)
            token = reader.Expect(TokenKind.Identifier, "a variable's name");
        if (isGeneric)
            reader.Expect(')', "after the variable's name");
        long addend = 0;
        if (reader.Current.Is('+') || reader.Current.Is('-'))
            addend = ConstantExpression.ReadInteger(reader, "an offset", long.MinValue, long.MaxValue);
        if (type.Bits() != 64 || type.IsFloat())
            TokenReader.Fail(token.Position, $"{variable}: an address needs elements of 64 bits", "type");
        switch (find(reader.Text(token)))
        {
            case PtxVariable target:
                _addresses.Add(new PtxAddressInitializer(_bytes.Count, target, addend, isGeneric));
                Append(0);
                break;
            case null:
                TokenReader.Fail(token.Position, $"{reader.Text(token)} is not declared", "undeclared");
                break;
            default:
                TokenReader.Fail(token.Position, "addresses of functions are not supported", "unsupported");
                break;
        }
    }

    private void Append(ulong bits)
    {
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, bits);
        _bytes.AddRange(word[..type.Bytes()]);
    }
}
