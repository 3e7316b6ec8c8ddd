using Mimir.Kernels.Ptx.Rules;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads declarations of variables: <c>[.align n] [.v2] .type name[dimensions] [= initialiser], …;</c></summary>
internal sealed class VariableReader(TokenReader reader, Func<string, object?> find)
{
    private const long MaximumBytes = 1L << 40;

    /// <summary>Reads the declarators that follow a state space, without the semicolon.</summary>
    public List<PtxVariable> ReadAll(StateSpace space, bool isExternal)
    {
        var (type, lanes, alignment) = ReadType();
        var variables = new List<PtxVariable>(1);
        do
            variables.Add(ReadOne(space, type, lanes, alignment, isExternal));
        while (reader.TryTake(','));
        return variables;
    }

    /// <summary>Reads one parameter of a header or of a list of returns; <c>.param</c> is taken already.</summary>
    public PtxVariable ReadParameter(bool isEntry)
    {
        var (type, lanes, alignment) = ReadType();
        if (lanes > 1)
            TokenReader.Fail(reader.Previous.Position, "a parameter cannot be a vector", "declaration");
        if (reader.TryTake(".ptr"))
            SkipPointerAttributes(isEntry);
        var name = reader.Expect(TokenKind.Identifier, "the parameter's name");
        var bytes = (long)type.Bytes();
        if (reader.Current.Is('['))
            bytes = reader.Peek().Is(']') && !isEntry ? ReadOpenArray() : checked(bytes * ReadDimensions());
        return Make(reader.Text(name), StateSpace.Param, type, bytes, alignment, name.Position);
    }

    /// <summary><c>.param .b8 rest[]</c> of a variadic declaration: nothing is known of its size.</summary>
    private long ReadOpenArray()
    {
        reader.Take();
        reader.Take();
        return 0;
    }

    private void SkipPointerAttributes(bool isEntry)
    {
        if (!isEntry)
            TokenReader.Fail(reader.Previous.Position, ".ptr is for parameters of kernels", "declaration");
        if (reader.IsDotted(".global") || reader.IsDotted(".const") || reader.IsDotted(".shared") || reader.IsDotted(".local"))
            reader.Take();
        if (reader.IsDotted(".align"))
            ReadAlignment();
    }

    /// <summary>Reads <c>.reg</c>'s or a variable's type with what may stand around it.</summary>
    private (PtxType Type, int Lanes, int? Alignment) ReadType()
    {
        int? alignment = null;
        var lanes = 1;
        while (true)
        {
            var token = reader.Current;
            if (reader.IsDotted(".align"))
                alignment = ReadAlignment();
            else if (reader.IsDotted(".attribute"))
                SkipAttribute();
            else if (reader.TryTake(".v2"))
                lanes = 2;
            else if (reader.TryTake(".v4"))
                lanes = 4;
            else
                return (ReadTypeName(token), lanes, alignment);
        }
    }

    /// <summary><c>.attribute(.managed)</c> and <c>.attribute(.unified(a, b))</c>: where the driver keeps it.</summary>
    private void SkipAttribute()
    {
        reader.Take();
        reader.Expect('(', "after .attribute");
        for (var depth = 1; depth > 0 && !reader.IsAtEnd;)
        {
            var token = reader.Take();
            depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
        }
    }

    private PtxType ReadTypeName(PtxToken token)
    {
        reader.Expect(TokenKind.Dotted, "a type");
        var name = reader.Span(token)[1..];
        if (ModifierNames.Find(name.ToString()) is { Kind: SuffixKind.Type } suffix)
        {
            return suffix.Type is PtxType.Pred or PtxType.BF16 or PtxType.BF16x2 or PtxType.TF32
                ? Refuse(token, $".{name} is no type of a variable; {(suffix.Type == PtxType.Pred ? "predicates live in registers" : "it is kept in .b16 or .b32")}")
                : suffix.Type;
        }
        if (name is "texref" or "samplerref" or "surfref" or "b128")
            TokenReader.Fail(token.Position, $".{name} is not supported", "unsupported");
        return Refuse(token, $".{name} is no type");
    }

    private static PtxType Refuse(PtxToken token, string message)
    {
        TokenReader.Fail(token.Position, message, "type");
        return default;
    }

    private int ReadAlignment()
    {
        reader.Take();
        var position = reader.Current.Position;
        var value = ConstantExpression.ReadInteger(reader, "the alignment", 1, 1 << 30);
        if (!long.IsPow2(value))
            TokenReader.Fail(position, $"the alignment {value} is no power of two", "declaration");
        return (int)value;
    }

    private PtxVariable ReadOne(StateSpace space, PtxType type, int lanes, int? alignment, bool isExternal)
    {
        var name = reader.Expect(TokenKind.Identifier, "the variable's name");
        if (reader.Current.Is('<'))
            TokenReader.Fail(reader.Current.Position, "numbered names name<N> are for registers; variables with them are not supported", "unsupported");
        var element = (long)type.Bytes() * lanes;
        long? count = 1;
        if (reader.Current.Is('['))
            count = reader.Peek().Is(']') ? ReadUnsizedDimensions() : ReadDimensions();
        InitialBytes? initial = null;
        if (reader.Current.Is('='))
            initial = ReadInitialiser(space, type, name, count);
        if (count is null && initial is null && !isExternal)
            TokenReader.Fail(name.Position, $"{reader.Text(name)} has no size", "declaration");
        var bytes = count is { } known ? known * element : initial is { } data ? Align(data.Bytes.Length, element) : 0;
        var natural = (int)Math.Min(element, 16);
        return Make(reader.Text(name), space, type, bytes, alignment ?? natural, name.Position, isExternal, initial);
    }

    private InitialBytes ReadInitialiser(StateSpace space, PtxType type, PtxToken name, long? count)
    {
        var equals = reader.Take();
        if (space is not (StateSpace.Global or StateSpace.Const))
            TokenReader.Fail(equals.Position, $".{space.ToString().ToLowerInvariant()} variables cannot be initialised", "declaration");
        return new InitialiserReader(reader, find, type, count * type.Bytes(), reader.Text(name)).Read();
    }

    private static long Align(long bytes, long element) => (bytes + element - 1) / element * element;

    private static PtxVariable Make(
        string name, StateSpace space, PtxType type, long bytes, int? alignment, PtxPosition position, bool isExternal = false,
        InitialBytes? initial = null) => new()
    {
        Name = name, Space = space, Type = type, Bytes = bytes, Alignment = alignment ?? type.Bytes(), Position = position,
        IsExternal = isExternal, Initial = initial?.Bytes, Addresses = initial?.Addresses ?? [],
    };

    /// <summary><c>[]</c>, and <c>[][4]</c>, whose first dimension the initialiser gives.</summary>
    private long? ReadUnsizedDimensions()
    {
        reader.Take();
        reader.Take();
        if (reader.Current.Is('['))
            ReadDimensions();
        return null;
    }

    private long ReadDimensions()
    {
        long count = 1;
        while (reader.TryTake('['))
        {
            var position = reader.Current.Position;
            var size = ConstantExpression.ReadInteger(reader, "the size of the array", 0, MaximumBytes);
            if (size > 0 && count > MaximumBytes / size)
                TokenReader.Fail(position, "the array is too large", "declaration");
            count *= size;
            reader.Expect(']', "after the size of the array");
        }
        return count;
    }
}
