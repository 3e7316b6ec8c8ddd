using System.Diagnostics;
using System.Text.Json;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Benchmarks;

/// <summary>Writes a profile in the Trace Event Format (JSON object form, complete events, microseconds), which Perfetto and
/// chrome://tracing open: a row a lane, and one for the step.</summary>
public static class ChromeTrace
{
    private const int Process = 1;
    private const int FlushBytes = 1 << 20;

    /// <summary>Writes the file in one piece or not at all.</summary>
    /// <exception cref="IOException">It cannot be written; the message names it.</exception>
    public static void Write(string path, StepProfile profile) => AtomicFile.Write(path, stream => Write(stream, profile));

    /// <summary>Writes the JSON.</summary>
    public static void Write(Stream stream, StepProfile profile)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        var stepRow = profile.Limits.Lanes;
        Name(json, "process_name", 0, $"mimir {profile.Case}");
        Name(json, "thread_name", stepRow, "step");
        Sort(json, stepRow, -1); // above the lanes
        for (var lane = 0; lane < profile.Limits.Lanes; lane++)
        {
            Name(json, "thread_name", lane, $"lane {lane}");
            Sort(json, lane, lane);
        }

        Begin(json, profile.Case.ToString(), "step", stepRow, 0, profile.EndTicks - profile.StartTicks);
        json.WriteStartObject("args");
        json.WriteNumber("flops", profile.Calls.Sum(call => call.Flops));
        json.WriteNumber("bytes", profile.Calls.Sum(call => call.Bytes));
        json.WriteEndObject();
        json.WriteEndObject();
        foreach (var call in profile.Calls)
        {
            Begin(json, call.Kernel, call.Kernel[..call.Kernel.IndexOf('.')], call.Lane, call.StartTicks - profile.StartTicks, call.EndTicks - call.StartTicks);
            json.WriteStartObject("args");
            json.WriteString("shape", call.Shape.ToString());
            if (call.Shape.Form.Length > 0)
                json.WriteString("form", call.Shape.Form);
            json.WriteNumber("flops", call.Flops);
            json.WriteNumber("bytes", call.Bytes);
            json.WriteNumber("lanes", call.Lanes);
            json.WriteEndObject();
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes)
                json.Flush();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string name, string category, int row, long start, long duration)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("cat", category);
        json.WriteString("ph", "X");
        json.WriteNumber("ts", Microseconds(start));
        json.WriteNumber("dur", Microseconds(duration));
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", row);
    }

    private static void Name(Utf8JsonWriter json, string kind, int row, string name)
    {
        Metadata(json, kind, row);
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Sort(Utf8JsonWriter json, int row, int index)
    {
        Metadata(json, "thread_sort_index", row);
        json.WriteNumber("sort_index", index);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Metadata(Utf8JsonWriter json, string kind, int row)
    {
        json.WriteStartObject();
        json.WriteString("name", kind);
        json.WriteString("ph", "M");
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", row);
        json.WriteStartObject("args");
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
