using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Mimir.Runtime.Tests.Information;

/// <summary>An `information` case of tests/golden/cases: its tensors as doubles, and its options.</summary>
internal sealed class GoldenInformation
{
    private readonly byte[] _file;
    private readonly JsonElement _header;
    private readonly JsonElement _options;
    private readonly int _data;

    public GoldenInformation(string name)
    {
        var folder = GoldenCases.Folder;
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        var entry = index.RootElement.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name);
        _options = entry.GetProperty("options").Clone();
        _file = File.ReadAllBytes(Path.Combine(folder, entry.GetProperty("file").GetString()!));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(_file);
        using var text = JsonDocument.Parse(_file.AsMemory(8, header));
        _header = text.RootElement.Clone();
        _data = 8 + header;
    }

    public double Option(string name) => _options.GetProperty(name).GetDouble();

    public Rows Rows(string name) => new(Tensor(name), _header.GetProperty(name).GetProperty("shape")[1].GetInt32());

    public double[] Tensor(string name)
    {
        var range = _header.GetProperty(name).GetProperty("data_offsets");
        var bytes = _file.AsSpan(_data + range[0].GetInt32(), range[1].GetInt32() - range[0].GetInt32());
        return [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)];
    }
}
