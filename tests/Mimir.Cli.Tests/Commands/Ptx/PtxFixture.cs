using System.Text.Json.Nodes;
using Mimir.Runtime.Formats;

namespace Mimir.Cli.Tests.Commands.Ptx;

/// <summary>A fixture with small PTX files and arrays in a folder of its own.</summary>
internal abstract class PtxFixture : RunsFixture
{
    /// <summary>Writes a text.</summary>
    protected string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }

    /// <summary>Writes an array.</summary>
    protected string Write<T>(string name, params T[] values) where T : unmanaged
    {
        NpyFile.Write(In(name), [values.Length], values);
        return In(name);
    }

    /// <summary>Reads an array.</summary>
    protected static T[] Read<T>(string file) where T : unmanaged
    {
        using var array = NpyFile.Open(file);
        return array.Read<T>();
    }

    /// <summary>The numbers from 0.</summary>
    protected static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    /// <summary>The JSON document of a command that may have failed.</summary>
    protected static JsonNode Document(CommandRun run)
    {
        Assert.That(run.Error, Is.Empty);
        return JsonNode.Parse(run.Out)!;
    }
}
