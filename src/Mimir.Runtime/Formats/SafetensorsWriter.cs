using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Formats;

/// <summary>Collects tensors and writes them as one safetensors file. Values are not copied: they are read when the file is
/// written, so they must stay alive and unchanged until then. Tensors are stored in the order in which they were added, wider
/// element types first, which keeps every tensor aligned to its elements.</summary>
/// <param name="metadata">The file's string map, or null for none.</param>
public sealed class SafetensorsWriter(IReadOnlyDictionary<string, string>? metadata = null)
{
    private const int Alignment = 8;
    private const int ChunkElements = 1 << 18;

    private readonly List<Pending> _tensors = [];
    private readonly HashSet<string> _names = [];

    /// <summary>Adds an array.</summary>
    /// <param name="name">Unique in the file.</param>
    /// <param name="shape">Sizes, outermost first; empty for a scalar.</param>
    /// <param name="values">As many elements as the shape has, row-major.</param>
    /// <exception cref="ArgumentException">The name is taken or the sizes do not fit.</exception>
    public SafetensorsWriter Add<T>(string name, ReadOnlySpan<long> shape, T[] values) where T : unmanaged =>
        Add(name, shape, TensorTypes.Of<T>(), values.LongLength, stream => WriteArray(stream, values));

    /// <summary>Adds device memory.</summary>
    /// <inheritdoc cref="Add{T}(string, ReadOnlySpan{long}, T[])"/>
    public SafetensorsWriter Add<T>(string name, ReadOnlySpan<long> shape, DeviceSpan<T> values) where T : unmanaged =>
        Add(name, shape, TensorTypes.Of<T>(), values.Length, stream => WriteSpan(stream, values));

    /// <summary>Writes the file in one piece (<see cref="AtomicFile"/>).</summary>
    /// <exception cref="IOException">It cannot be written; an earlier file of that name is unchanged.</exception>
    public void Save(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>Writes header and tensors to a stream.</summary>
    public void WriteTo(Stream stream)
    {
        var ordered = _tensors.OrderByDescending(tensor => tensor.Type.Bytes()).ToArray(); // a stable sort
        var header = Header(ordered);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in ordered)
            tensor.Write(stream);
    }

    private SafetensorsWriter Add(string name, ReadOnlySpan<long> shape, TensorType type, long count, Action<Stream> write)
    {
        long expected = 1;
        foreach (var size in shape)
            expected = checked(expected * size);
        if (expected != count)
            throw new ArgumentException($"tensor '{name}' has {count} elements, expected {expected} for [{string.Join(", ", shape.ToArray())}]", nameof(shape));
        if (!_names.Add(name))
            throw new ArgumentException($"tensor '{name}' was added twice", nameof(name));
        _tensors.Add(new Pending(name, type, shape.ToArray(), count * type.Bytes(), write));
        return this;
    }

    private byte[] Header(Pending[] tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.Name());
                WriteIntegers(json, "shape", tensor.Shape);
                WriteIntegers(json, "data_offsets", [offset, offset + tensor.Bytes]);
                json.WriteEndObject();
                offset += tensor.Bytes;
            }

            json.WriteEndObject();
        }

        var header = new byte[(buffer.WrittenCount + Alignment - 1) / Alignment * Alignment];
        Array.Fill(header, (byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, ReadOnlySpan<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static void WriteArray<T>(Stream stream, T[] values) where T : unmanaged
    {
        for (var first = 0; first < values.Length; first += ChunkElements)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(first, Math.Min(ChunkElements, values.Length - first))));
    }

    private static void WriteSpan<T>(Stream stream, DeviceSpan<T> values) where T : unmanaged
    {
        var chunk = ArrayPool<T>.Shared.Rent(ChunkElements);
        try
        {
            for (long first = 0; first < values.Length; first += ChunkElements)
            {
                var part = chunk.AsSpan(0, (int)Math.Min(ChunkElements, values.Length - first));
                values.Slice(first, part.Length).CopyTo(part);
                stream.Write(MemoryMarshal.AsBytes(part));
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(chunk);
        }
    }

    private sealed record Pending(string Name, TensorType Type, long[] Shape, long Bytes, Action<Stream> Write);
}
