using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Mimir.Runtime.Formats;

/// <summary>NumPy array files, versions 1 and 2, little-endian f2, f4, f8, i1 to i8, u1 to u8 and b1 in C order.
/// Source: numpy.lib.format in NumPy's documentation.</summary>
public sealed partial class NpyFile : IDisposable
{
    private const int PreambleBytes = 12; // magic 6, version 2, header length 2 (version 1) or 4 (version 2)
    private const int Alignment = 64; // of the data, as numpy.save writes it
    private const int MostHeaderBytes = 1 << 20;
    private const int ChunkBytes = 1 << 20;

    // NumPy has no bfloat16: such values are written as u2, and read as what they are written as.
    private static readonly (string Descr, TensorType Type)[] s_types =
    [
        ("<f8", TensorType.F64), ("<f4", TensorType.F32), ("<f2", TensorType.F16),
        ("<i8", TensorType.I64), ("<i4", TensorType.I32), ("<i2", TensorType.I16), ("|i1", TensorType.I8),
        ("<u8", TensorType.U64), ("<u4", TensorType.U32), ("<u2", TensorType.U16), ("|u1", TensorType.U8),
        ("|b1", TensorType.Bool), ("<u2", TensorType.BF16),
    ];

    private readonly SafeFileHandle _handle;
    private readonly long _dataStart;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private NpyFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        var fileBytes = RandomAccess.GetLength(handle);
        var header = ReadHeader(fileBytes, out _dataStart);
        (Type, Shape) = Parse(header);

        var expected = (Int128)Type.Bytes();
        foreach (var size in Shape)
        {
            expected *= size;
            if (expected > long.MaxValue)
                throw new FileFormatException(Path, $"has the shape [{string.Join(", ", Shape)}], which no file can hold");
        }

        if (expected != fileBytes - _dataStart)
        {
            throw new FileFormatException(
                Path,
                $"its header asks for {expected} bytes of {Describe(Type)} [{string.Join(", ", Shape)}] and the file has {fileBytes - _dataStart}: "
                + (expected > fileBytes - _dataStart ? "it is truncated" : "it was damaged or added to"));
        }

        Count = (long)expected / Type.Bytes();
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>The element type.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="FileFormatException">It is foreign, truncated, or of a kind that is not read here.</exception>
    public static NpyFile Open(string path)
    {
        var handle = InputFile.Open(path);
        try
        {
            return new NpyFile(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads elements <paramref name="first"/> and on until <paramref name="destination"/> is full, in C order.</summary>
    /// <exception cref="FileFormatException">The array has another element type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the array.</exception>
    public void Read<T>(long first, Span<T> destination) where T : unmanaged
    {
        if (TensorTypes.Of<T>() != Type)
            throw new FileFormatException(Path, $"holds {Describe(Type)}, expected {Describe(TensorTypes.Of<T>())}");
        if (first < 0 || first + destination.Length > Count)
            throw new ArgumentOutOfRangeException(nameof(first), $"elements {first}..{first + destination.Length} of an array of {Count}");
        var chunk = ChunkBytes / Type.Bytes();
        for (var done = 0; done < destination.Length; done += chunk)
        {
            var part = destination.Slice(done, Math.Min(chunk, destination.Length - done));
            InputFile.ReadExactly(_handle, Path, _dataStart + (first + done) * Type.Bytes(), MemoryMarshal.AsBytes(part));
        }
    }

    /// <summary>Reads the whole array.</summary>
    /// <exception cref="FileFormatException">The array has another element type.</exception>
    public T[] Read<T>() where T : unmanaged
    {
        var values = new T[Count];
        Read(0, values.AsSpan());
        return values;
    }

    /// <summary>Reads the whole array as bytes, whatever its type.</summary>
    /// <exception cref="FileFormatException">The array is larger than a managed array can be.</exception>
    public byte[] ReadBytes()
    {
        var bytes = Count * Type.Bytes();
        if (bytes > Array.MaxLength)
            throw new FileFormatException(Path, $"holds {bytes} bytes, which is more than is read at once");
        var values = new byte[bytes];
        for (var done = 0; done < values.Length; done += ChunkBytes)
            InputFile.ReadExactly(_handle, Path, _dataStart + done, values.AsSpan(done, Math.Min(ChunkBytes, values.Length - done)));
        return values;
    }

    /// <summary>Reads an integer array (i4, i8, u1) as 64-bit integers.</summary>
    /// <exception cref="FileFormatException">It holds floats.</exception>
    public long[] ReadIntegers() => Type switch
    {
        TensorType.I64 => Read<long>(),
        TensorType.I32 => Array.ConvertAll(Read<int>(), value => (long)value),
        TensorType.U8 => Array.ConvertAll(Read<byte>(), value => (long)value),
        _ => throw new FileFormatException(Path, $"holds {Describe(Type)}, expected integers (i4, i8 or u1)"),
    };

    /// <summary>Writes an array as version 1, in one piece (<see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
    /// <param name="values">As many elements as the shape has, in C order.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write<T>(string path, ReadOnlySpan<long> shape, T[] values) where T : unmanaged
    {
        var type = TensorTypes.Of<T>();
        var header = Header(type, shape, values.LongLength);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            var chunk = ChunkBytes / type.Bytes();
            for (var first = 0; first < values.Length; first += chunk)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(first, Math.Min(chunk, values.Length - first))));
        });
    }

    /// <summary>Writes an array whose elements are given as bytes, in one piece.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="type">What the bytes are; BF16 is written as u2.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
    /// <param name="bytes">Little-endian elements in C order.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, TensorType type, ReadOnlySpan<long> shape, byte[] bytes)
    {
        var header = Header(type, shape, bytes.LongLength / type.Bytes());
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(bytes);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private string ReadHeader(long fileBytes, out long dataStart)
    {
        Span<byte> preamble = stackalloc byte[PreambleBytes];
        if (fileBytes < PreambleBytes)
            throw new FileFormatException(Path, $"has {fileBytes} bytes, too few for a .npy file: it is empty, truncated or foreign");
        InputFile.ReadExactly(_handle, Path, 0, preamble);
        if (!preamble.StartsWith(Magic) || preamble[6] is not (1 or 2))
            throw new FileFormatException(Path, "is not a .npy file of version 1 or 2");
        var lengthBytes = preamble[6] == 1 ? sizeof(ushort) : sizeof(uint);
        long headerBytes = preamble[6] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(preamble[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(preamble[8..]);
        dataStart = 8 + lengthBytes + headerBytes;
        if (headerBytes > MostHeaderBytes || dataStart > fileBytes)
            throw new FileFormatException(Path, $"its header should have {headerBytes} bytes and the file has {fileBytes}: it is truncated");
        var header = new byte[headerBytes];
        InputFile.ReadExactly(_handle, Path, 8 + lengthBytes, header);
        return Encoding.Latin1.GetString(header);
    }

    private (TensorType Type, long[] Shape) Parse(string header)
    {
        var type = TypePattern().Match(header);
        var order = OrderPattern().Match(header);
        var shape = ShapePattern().Match(header);
        if (!type.Success || !order.Success || !shape.Success)
            throw new FileFormatException(Path, "its header does not give descr, fortran_order and shape");
        if (order.Groups[1].Value == "True")
            throw new FileFormatException(Path, "is in Fortran order, expected C order (numpy.ascontiguousarray before saving)");

        var sizes = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var parsed = new long[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            if (!long.TryParse(sizes[i], NumberStyles.None, CultureInfo.InvariantCulture, out parsed[i]))
                throw new FileFormatException(Path, $"has the shape ({shape.Groups[1].Value}), expected integers");
        }

        var descr = type.Groups[1].Value;
        foreach (var known in s_types)
        {
            if (known.Descr == descr)
                return (known.Type, parsed);
        }

        throw new FileFormatException(Path, $"holds '{descr}', expected one of {string.Join(", ", s_types.Select(known => known.Descr).Distinct())}");
    }

    private static byte[] Header(TensorType type, ReadOnlySpan<long> shape, long count)
    {
        long expected = 1;
        foreach (var size in shape)
            expected = checked(expected * size);
        if (expected != count)
            throw new ArgumentException($"{count} elements do not fill [{string.Join(", ", shape.ToArray())}]", nameof(shape));
        var descr = Describe(type);
        var sizes = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        var text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}";
        var total = (10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var header = new byte[total];
        Array.Fill(header, (byte)' ');
        Magic.CopyTo(header);
        (header[6], header[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(text).CopyTo(header, 10);
        header[^1] = (byte)'\n';
        return header;
    }

    private static string Describe(TensorType type) => s_types.First(known => known.Type == type).Descr;

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([^'""]*)['""]")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex ShapePattern();
}
