using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Mimir.Runtime.Formats;

/// <summary>Reads and checks the header of a safetensors file: 8 bytes little-endian header length, then a JSON object of
/// <c>name: {dtype, shape, data_offsets}</c> and an optional <c>__metadata__</c> string map, then the data, without holes.
/// Source: the format's description in its repository, github.com/huggingface/safetensors.</summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<TensorEntry> Tensors)
{
    private const int LengthBytes = 8;
    private const long MostHeaderBytes = 100_000_000; // the format's own limit
    private const string MetadataName = "__metadata__";

    /// <summary>Reads the header and proves that the file holds exactly what it announces.</summary>
    /// <exception cref="FileFormatException">It is foreign, damaged or truncated.</exception>
    public static SafetensorsHeader Read(SafeFileHandle handle, string path)
    {
        var fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < LengthBytes + 2)
            throw new FileFormatException(path, $"has {fileBytes} bytes, too few for a safetensors file: it is empty, truncated or foreign");

        Span<byte> start = stackalloc byte[LengthBytes + 1];
        InputFile.ReadExactly(handle, path, 0, start);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (start.StartsWith("PK\x03\x04"u8))
            throw new FileFormatException(path, "is a ZIP archive, perhaps a PyTorch checkpoint, expected safetensors");
        if (headerBytes is < 2 or > MostHeaderBytes || start[LengthBytes] != (byte)'{')
            throw new FileFormatException(path, "is not a safetensors file: it does not start with the length of a JSON header");
        if ((long)headerBytes > fileBytes - LengthBytes)
        {
            throw new FileFormatException(
                path, $"the header should have {headerBytes} bytes and the file has {fileBytes - LengthBytes} behind its length: it is truncated");
        }

        var json = new byte[headerBytes];
        InputFile.ReadExactly(handle, path, LengthBytes, json);
        var dataStart = LengthBytes + (long)headerBytes;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var metadata = new Dictionary<string, string>();
            var tensors = new List<TensorEntry>();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataName)
                    ReadMetadata(property.Value, metadata, path);
                else
                    tensors.Add(ReadTensor(property, dataStart, path));
            }

            tensors.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Bytes.CompareTo(b.Bytes));
            CheckLayout(tensors, dataStart, fileBytes, path);
            return new SafetensorsHeader(metadata, tensors);
        }
        catch (JsonException failure)
        {
            throw new FileFormatException(path, $"its header is not valid JSON: {failure.Message}");
        }
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw new FileFormatException(path, $"{MetadataName} is {value.ValueKind}, expected an object of strings");
        foreach (var item in value.EnumerateObject())
        {
            metadata[item.Name] = item.Value.ValueKind == JsonValueKind.String
                ? item.Value.GetString()!
                : throw new FileFormatException(path, $"{MetadataName}.{item.Name} is {item.Value.ValueKind}, expected a string");
        }
    }

    private static TensorEntry ReadTensor(JsonProperty property, long dataStart, string path)
    {
        FileFormatException Bad(string problem) => new(path, $"tensor '{property.Name}' {problem}");

        var value = property.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array)
        {
            throw Bad("does not have dtype, shape and data_offsets");
        }

        if (!TensorTypes.TryParse(dtype.GetString(), out var type))
            throw Bad($"has dtype {dtype.GetString()}, which is not supported; use {string.Join(", ", Enum.GetValues<TensorType>().Select(t => t.Name()))}");

        var sizes = Integers(shape);
        var range = Integers(offsets);
        if (sizes is null)
            throw Bad($"has shape {shape.GetRawText()}, expected sizes from 0 on");
        if (range is not [var from, var to] || from > to)
            throw Bad($"has data_offsets {offsets.GetRawText()}, expected [first, behind the last]");

        var expected = (Int128)type.Bytes();
        foreach (var size in sizes)
        {
            expected *= size;
            if (expected > long.MaxValue)
                throw Bad($"has shape {shape.GetRawText()}, which no file can hold");
        }

        return expected == to - from && to <= long.MaxValue - dataStart
            ? new TensorEntry(property.Name, type, sizes, dataStart + from, to - from)
            : throw Bad($"is {type.Name()} {shape.GetRawText()}, {expected} bytes, and its data_offsets give {to - from}");
    }

    private static long[]? Integers(JsonElement array)
    {
        var values = new long[array.GetArrayLength()];
        for (var i = 0; i < values.Length; i++)
        {
            if (array[i].ValueKind != JsonValueKind.Number || !array[i].TryGetInt64(out values[i]) || values[i] < 0)
                return null;
        }

        return values;
    }

    private static void CheckLayout(List<TensorEntry> tensors, long dataStart, long fileBytes, string path)
    {
        var end = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
            {
                throw new FileFormatException(
                    path, $"tensor '{tensor.Name}' starts at byte {tensor.Offset - dataStart} of the data, expected {end - dataStart}: tensors must follow each other without holes");
            }

            end += tensor.Bytes;
        }

        if (end > fileBytes)
        {
            throw new FileFormatException(
                path, $"the header asks for {end - dataStart} bytes of tensor data and the file has {fileBytes - dataStart}: it is truncated");
        }

        if (end < fileBytes)
        {
            throw new FileFormatException(
                path, $"the header asks for {end - dataStart} bytes of tensor data and the file has {fileBytes - dataStart}: it was damaged or added to");
        }
    }
}
