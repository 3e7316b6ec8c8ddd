using System.Text.Json;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Verification;

/// <summary>A case of a golden folder: its entry in the index and its open file. Knows which tensors were read, so that none is passed over.</summary>
internal sealed class GoldenCase(string name, JsonElement entry, SafetensorsFile file)
{
    private readonly HashSet<string> _seen = [];

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The kind of case.</summary>
    public string Kind => entry.GetProperty("kind").GetString() ?? "";

    /// <summary>The rows that a short case's parameters are made from; null where the index lists none.</summary>
    public IReadOnlyList<JsonElement>? ParameterRows =>
        entry.TryGetProperty("parameters", out var rows) && rows.ValueKind == JsonValueKind.Array ? [.. rows.EnumerateArray()] : null;

    /// <summary>Whether the file has a tensor.</summary>
    public bool Has(string tensor) => file.TryFind(tensor, out _);

    /// <summary>Names of tensors that nothing has asked for.</summary>
    public IEnumerable<string> Unseen => file.Tensors.Select(t => t.Name).Where(tensor => !_seen.Contains(tensor));

    /// <summary>Names of tensors with a prefix, without it.</summary>
    public IEnumerable<string> NamesAfter(string prefix) =>
        file.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => t.Name[prefix.Length..]);

    /// <summary>Reads floats.</summary>
    public float[] Floats(string tensor)
    {
        _seen.Add(tensor);
        return file.ReadFloats(tensor);
    }

    /// <summary>Reads integers.</summary>
    public int[] Integers(string tensor)
    {
        _seen.Add(tensor);
        return Array.ConvertAll(file.Read<long>(tensor), value => checked((int)value));
    }

    /// <summary>The sizes of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string tensor) => file[tensor].Shape;

    /// <summary>A number of the case's <c>model</c> or <c>options</c>.</summary>
    /// <exception cref="FileFormatException">It is missing.</exception>
    public double Number(string section, string key) =>
        TryGet(section, key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Missing(section, key);

    /// <summary>A number that may be absent.</summary>
    public double Number(string section, string key, double otherwise) =>
        TryGet(section, key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;

    /// <summary>A whole number of the case's <c>model</c> or <c>options</c>.</summary>
    public int Integer(string section, string key) => checked((int)Number(section, key));

    /// <summary>A word of the case's <c>model</c> or <c>options</c>.</summary>
    public string Word(string section, string key) =>
        TryGet(section, key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Missing(section, key);

    /// <summary>A switch of the case's <c>model</c>.</summary>
    public bool Flag(string section, string key) =>
        TryGet(section, key, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Missing(section, key);

    private bool TryGet(string section, string key, out JsonElement value)
    {
        value = default;
        return entry.TryGetProperty(section, out var part) && part.TryGetProperty(key, out value);
    }

    private FileFormatException Missing(string section, string key) => new(file.Path, $"the index gives no usable '{section}.{key}' for case '{Name}'");
}
