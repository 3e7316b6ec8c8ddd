using System.Text.Json;
using Mimir.Runtime.Formats;

namespace Mimir.Cli.Output;

/// <summary>Writes the one JSON document of a command.</summary>
internal static class JsonOutput
{
    /// <summary>Writes a report, indented, with a newline behind it.</summary>
    public static void Write(TextWriter output, object report) =>
        output.WriteLine(JsonSerializer.Serialize(report, report.GetType(), MimirJson.Indented));
}
