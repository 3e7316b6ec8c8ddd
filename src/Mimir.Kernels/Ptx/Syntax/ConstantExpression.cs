namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Evaluates constant expressions, with C's precedences, as they are read.</summary>
internal static class ConstantExpression
{
    private const int AboveComparison = 9;

    /// <summary>Whether a token can begin one.</summary>
    public static bool CanStart(TokenReader reader) => reader.Current.Kind switch
    {
        TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Identifier => reader.Span(reader.Current) is "WARP_SZ",
        TokenKind.Symbol => reader.Current.First is '-' or '+' or '~' or '!' or '(',
        _ => false,
    };

    /// <summary>Reads an expression.</summary>
    public static PtxConstant Read(TokenReader reader)
    {
        var condition = ReadBinary(reader, 0);
        if (!reader.TryTake('?'))
            return condition;
        var whenTrue = Read(reader);
        reader.Expect(':', "in the conditional expression");
        var whenFalse = Read(reader);
        return IsTrue(condition) ? whenTrue : whenFalse;
    }

    /// <summary>Reads an expression that must be an integer in a range.</summary>
    public static long ReadInteger(TokenReader reader, string what, long minimum, long maximum) =>
        CheckInteger(reader, Read, what, minimum, maximum);

    /// <summary>Reads the N of <c>%r&lt;N&gt;</c>, in which <c>&gt;</c> is no operator.</summary>
    public static long ReadCount(TokenReader reader, string what) =>
        CheckInteger(reader, inner => ReadBinary(inner, AboveComparison), what, 0, int.MaxValue);

    private static long CheckInteger(TokenReader reader, Func<TokenReader, PtxConstant> read, string what, long minimum, long maximum)
    {
        var position = reader.Current.Position;
        if (!CanStart(reader))
            TokenReader.Fail(position, $"{what} expected, found {reader.Describe(reader.Current)}");
        var value = read(reader);
        if (value.IsFloat)
            TokenReader.Fail(position, $"{what} must be an integer");
        if ((value.IsUnsigned && value.Signed < 0) || value.Signed < minimum || value.Signed > maximum)
            TokenReader.Fail(position, $"{what} must lie between {minimum} and {maximum}");
        return value.Signed;
    }

    private static PtxConstant ReadBinary(TokenReader reader, int minimumPrecedence)
    {
        var left = ReadUnary(reader);
        while (Operator(reader.Current) is ({ } operation, var precedence) && precedence >= minimumPrecedence)
        {
            var position = reader.Take().Position;
            var right = ReadBinary(reader, precedence + 1);
            left = left.IsFloat || right.IsFloat
                ? Apply(operation, ToNumber(left), ToNumber(right), position)
                : Apply(operation, left, right, position);
        }
        return left;
    }

    private static PtxConstant ReadUnary(TokenReader reader)
    {
        var token = reader.Take();
        if (token.Is('-'))
            return ReadUnary(reader).Negated;
        if (token.Is('+'))
            return ReadUnary(reader);
        if (token.Is('!'))
            return PtxConstant.OfBoolean(!IsTrue(ReadUnary(reader)));
        if (token.Is('~'))
        {
            var value = Integer(ReadUnary(reader), token.Position);
            return value.IsUnsigned ? PtxConstant.OfUnsigned(~value.Bits) : PtxConstant.OfSigned(~value.Signed);
        }
        if (token.Is('('))
            return ReadParenthesis(reader);
        if (token.Kind == TokenKind.Identifier && reader.Span(token) is "WARP_SZ")
            return PtxConstant.OfSigned(32);
        if (token.Kind is not (TokenKind.Integer or TokenKind.Float))
            TokenReader.Fail(token.Position, $"a constant expected, found {reader.Describe(token)}");
        var literal = PtxConstant.Literal(reader.Span(token));
        if (literal is null)
        {
            TokenReader.Fail(token.Position, token.Kind == TokenKind.Float
                ? $"{reader.Describe(token)} is no literal: 0f takes exactly 8 hexadecimal digits, 0d exactly 16"
                : $"{reader.Describe(token)} is no integer literal of at most 64 bits");
        }
        return literal.Value;
    }

    private static PtxConstant ReadParenthesis(TokenReader reader)
    {
        var position = reader.Current.Position;
        if (reader.TryTake(".s64"))
        {
            reader.Expect(')', "after the cast");
            return PtxConstant.OfSigned(Integer(ReadUnary(reader), position).Signed);
        }
        if (reader.TryTake(".u64"))
        {
            reader.Expect(')', "after the cast");
            return PtxConstant.OfUnsigned(Integer(ReadUnary(reader), position).Bits);
        }
        var inner = Read(reader);
        reader.Expect(')', "in the constant expression");
        return inner;
    }

    private static (string? Operation, int Precedence) Operator(PtxToken token) => token.Kind switch
    {
        TokenKind.EitherTrue => ("||", 1),
        TokenKind.BothTrue => ("&&", 2),
        TokenKind.Equal => ("==", 6),
        TokenKind.NotEqual => ("!=", 6),
        TokenKind.LessOrEqual => ("<=", 7),
        TokenKind.GreaterOrEqual => (">=", 7),
        TokenKind.ShiftLeft => ("<<", 8),
        TokenKind.ShiftRight => (">>", 8),
        TokenKind.Symbol => token.First switch
        {
            '|' => ("|", 3),
            '^' => ("^", 4),
            '&' => ("&", 5),
            '<' => ("<", 7),
            '>' => (">", 7),
            '+' => ("+", 9),
            '-' => ("-", 9),
            '*' => ("*", 10),
            '/' => ("/", 10),
            '%' => ("%", 10),
            _ => (null, 0),
        },
        _ => (null, 0),
    };

    private static PtxConstant Apply(string operation, PtxConstant left, PtxConstant right, PtxPosition position)
    {
        var isUnsigned = left.IsUnsigned || right.IsUnsigned;
        if (operation is "/" or "%" && right.Bits == 0)
            TokenReader.Fail(position, "division by zero in a constant expression");
        return operation switch
        {
            "||" => PtxConstant.OfBoolean(left.Bits != 0 || right.Bits != 0),
            "&&" => PtxConstant.OfBoolean(left.Bits != 0 && right.Bits != 0),
            "==" => PtxConstant.OfBoolean(left.Bits == right.Bits),
            "!=" => PtxConstant.OfBoolean(left.Bits != right.Bits),
            "<" => PtxConstant.OfBoolean(isUnsigned ? left.Bits < right.Bits : left.Signed < right.Signed),
            "<=" => PtxConstant.OfBoolean(isUnsigned ? left.Bits <= right.Bits : left.Signed <= right.Signed),
            ">" => PtxConstant.OfBoolean(isUnsigned ? left.Bits > right.Bits : left.Signed > right.Signed),
            ">=" => PtxConstant.OfBoolean(isUnsigned ? left.Bits >= right.Bits : left.Signed >= right.Signed),
            "<<" => Of(left.IsUnsigned, right.Bits > 63 ? 0 : left.Bits << (int)right.Bits),
            ">>" => left.IsUnsigned
                ? PtxConstant.OfUnsigned(right.Bits > 63 ? 0 : left.Bits >> (int)right.Bits)
                : PtxConstant.OfSigned(left.Signed >> (int)Math.Min(63, right.Bits)),
            "|" => Of(isUnsigned, left.Bits | right.Bits),
            "^" => Of(isUnsigned, left.Bits ^ right.Bits),
            "&" => Of(isUnsigned, left.Bits & right.Bits),
            "+" => Of(isUnsigned, left.Bits + right.Bits),
            "-" => Of(isUnsigned, left.Bits - right.Bits),
            "*" => Of(isUnsigned, left.Bits * right.Bits),
            "/" when isUnsigned => PtxConstant.OfUnsigned(left.Bits / right.Bits),
            "/" => PtxConstant.OfSigned(right.Signed == -1 ? -left.Signed : left.Signed / right.Signed),
            _ when isUnsigned => PtxConstant.OfUnsigned(left.Bits % right.Bits),
            _ => PtxConstant.OfSigned(right.Signed == -1 ? 0 : left.Signed % right.Signed),
        };
    }

    private static PtxConstant Of(bool isUnsigned, ulong bits) => isUnsigned ? PtxConstant.OfUnsigned(bits) : PtxConstant.OfSigned((long)bits);

    private static PtxConstant Apply(string operation, double left, double right, PtxPosition position)
    {
        switch (operation)
        {
            case "+": return PtxConstant.OfFloat(left + right);
            case "-": return PtxConstant.OfFloat(left - right);
            case "*": return PtxConstant.OfFloat(left * right);
            case "/": return PtxConstant.OfFloat(left / right);
            case "<": return PtxConstant.OfBoolean(left < right);
            case "<=": return PtxConstant.OfBoolean(left <= right);
            case ">": return PtxConstant.OfBoolean(left > right);
            case ">=": return PtxConstant.OfBoolean(left >= right);
            case "==": return PtxConstant.OfBoolean(left == right);
            case "!=": return PtxConstant.OfBoolean(left != right);
            default:
                TokenReader.Fail(position, $"'{operation}' takes integers only");
                return default;
        }
    }

    private static bool IsTrue(PtxConstant value) => value.IsFloat ? value.Number != 0 : value.Bits != 0;

    private static double ToNumber(PtxConstant value) =>
        value.IsFloat ? value.Number : value.IsUnsigned ? value.Bits : value.Signed;

    private static PtxConstant Integer(PtxConstant value, PtxPosition position)
    {
        if (value.IsFloat)
            TokenReader.Fail(position, "an integer is expected here");
        return value;
    }
}
