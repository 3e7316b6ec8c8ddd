using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Emulation;

/// <summary>Reads the arguments of a kernel as people write them.</summary>
public static class KernelArgumentText
{
    /// <summary>The forms that <see cref="Parse"/> reads, for messages.</summary>
    public const string Forms =
        "in:FILE.npy, inout:FILE.npy=OUT.npy, out:DTYPE[SHAPE]=OUT.npy, their view-in:, view-inout: and view-out: forms, f32:0.5 and the like, null or bytes:HEX";

    private const string View = "view-";

    // The numbers of bits, as in f32:0.5, and NumPy's own names.
    private static readonly (string Name, TensorType Type)[] s_types =
    [
        ("f64", TensorType.F64), ("f32", TensorType.F32), ("f16", TensorType.F16), ("bf16", TensorType.BF16),
        ("i64", TensorType.I64), ("i32", TensorType.I32), ("i16", TensorType.I16), ("i8", TensorType.I8),
        ("u64", TensorType.U64), ("u32", TensorType.U32), ("u16", TensorType.U16), ("u8", TensorType.U8), ("bool", TensorType.Bool),
        ("float64", TensorType.F64), ("float32", TensorType.F32), ("float16", TensorType.F16), ("bfloat16", TensorType.BF16),
        ("int64", TensorType.I64), ("int32", TensorType.I32), ("int16", TensorType.I16), ("int8", TensorType.I8),
        ("uint64", TensorType.U64), ("uint32", TensorType.U32), ("uint16", TensorType.U16), ("uint8", TensorType.U8),
    ];

    /// <summary>Reads one argument.</summary>
    /// <exception cref="FormatException">It has none of the forms, or a value is out of its type's range.</exception>
    public static KernelArgument Parse(string text)
    {
        if (text == "null")
            return new ValueArgument(new byte[sizeof(ulong)]);
        var colon = text.IndexOf(':');
        if (colon < 1)
            throw new FormatException($"'{text}' is no argument; write {Forms}");
        var (form, value) = (text[..colon], text[(colon + 1)..]);
        var isView = form.StartsWith(View, StringComparison.Ordinal);
        switch (isView ? form[View.Length..] : form)
        {
            case "in":
                return new FileArgument(NotEmpty(value, text), null) { IsView = isView };
            case "inout":
                var (file, output) = Split(value, text);
                return new FileArgument(file, output) { IsView = isView };
            case "out":
                return Empty(value, text) with { IsView = isView };
            case "bytes" when !isView:
                return new ValueArgument(Bytes(value, text));
            default:
                var known = s_types.FirstOrDefault(known => known.Name == form);
                return known.Name is null
                    ? throw new FormatException($"'{text}' is no argument: '{form}' is unknown; write {Forms}")
                    : new ValueArgument(Value(known.Type, value, text));
        }
    }

    private static EmptyArgument Empty(string value, string text)
    {
        var (description, output) = Split(value, text);
        var open = description.IndexOf('[');
        if (open < 1 || !description.EndsWith(']'))
            throw new FormatException($"'{text}' gives no type and shape; write out:f32[32,64]=OUT.npy");
        var name = description[..open];
        var known = s_types.FirstOrDefault(known => known.Name == name);
        if (known.Name is null)
            throw new FormatException($"'{text}': the type '{name}' is unknown; use one of {string.Join(", ", s_types.Select(type => type.Name).Take(13))}");
        var sizes = description[(open + 1)..^1].Split([',', 'x'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var shape = new long[sizes.Length];
        Int128 bytes = known.Type.Bytes();
        for (var i = 0; i < sizes.Length; i++)
        {
            if (!long.TryParse(sizes[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]))
                throw new FormatException($"'{text}': the size '{sizes[i]}' is not a whole number");
            bytes *= shape[i];
            if (bytes > Array.MaxLength)
                throw new FormatException($"'{text}' is larger than the {Array.MaxLength} bytes that are read at once");
        }

        return new EmptyArgument(known.Type, shape, output);
    }

    // The last equals sign parts, for a file may have one in its name.
    private static (string Left, string Right) Split(string value, string text)
    {
        var equals = value.LastIndexOf('=');
        return equals < 1 || equals == value.Length - 1
            ? throw new FormatException($"'{text}' names no output file; write …=OUT.npy behind it")
            : (value[..equals], value[(equals + 1)..]);
    }

    private static string NotEmpty(string value, string text) => value.Length > 0 ? value : throw new FormatException($"'{text}' names no file");

    private static byte[] Bytes(string value, string text)
    {
        try
        {
            var bytes = Convert.FromHexString(value);
            return bytes.Length > 0 ? bytes : throw new FormatException();
        }
        catch (FormatException)
        {
            throw new FormatException($"'{text}' is not an even number of hexadecimal digits");
        }
    }

    private static byte[] Value(TensorType type, string value, string text)
    {
        var bytes = new byte[type.Bytes()];
        switch (type)
        {
            case TensorType.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, Float<double>(value, text));
                break;
            case TensorType.F32:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, Float<float>(value, text));
                break;
            case TensorType.F16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, Float<Half>(value, text));
                break;
            case TensorType.BF16:
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, BFloat16(Float<float>(value, text)));
                break;
            case TensorType.Bool:
                bytes[0] = value switch
                {
                    "true" or "1" => 1,
                    "false" or "0" => 0,
                    _ => throw new FormatException($"'{text}' is neither true nor false"),
                };
                break;
            default:
                var bits = Integer(type, value, text);
                for (var i = 0; i < bytes.Length; i++)
                    bytes[i] = (byte)(bits >> (8 * i));
                break;
        }

        return bytes;
    }

    private static T Float<T>(string value, string text) where T : IFloatingPointIeee754<T> => value switch
    {
        "inf" => T.PositiveInfinity,
        "-inf" => T.NegativeInfinity,
        "nan" => T.NaN,
        _ => T.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{text}' is not a number, inf, -inf or nan"),
    };

    // Nearest, ties to even.
    private static ushort BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    // Hexadecimal digits are the bits of any type; decimal ones a number in its range.
    private static ulong Integer(TensorType type, string value, string text)
    {
        var isHex = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!(isHex
            ? Int128.TryParse("0" + value[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            : Int128.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)))
        {
            throw new FormatException($"'{text}' is not a whole number");
        }

        var bits = 8 * type.Bytes();
        var isSigned = !isHex && type is (TensorType.I64 or TensorType.I32 or TensorType.I16 or TensorType.I8);
        var least = isSigned ? -(Int128.One << (bits - 1)) : 0;
        var most = (Int128.One << (isSigned ? bits - 1 : bits)) - 1;
        return number >= least && number <= most
            ? unchecked((ulong)number)
            : throw new FormatException($"'{text}' is not in {least}..{most}");
    }
}
