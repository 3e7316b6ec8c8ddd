using System.Text.Json.Serialization;
using Mimir.Kernels.Ptx;

namespace Mimir.Cli.Reports;

/// <summary>Something found in a PTX file or while it ran.</summary>
/// <param name="Kind">What it is, in kebab case.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="File">The file.</param>
/// <param name="Line">The line in it, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Block">The block that ran, [x, y, z].</param>
/// <param name="Thread">The thread in the block, [x, y, z].</param>
/// <param name="Address">The address, hexadecimal.</param>
/// <param name="Allocation">The allocation concerned, with the offset in it.</param>
/// <param name="Count">How often the same was found at the same place.</param>
/// <param name="Message">One sentence.</param>
internal sealed record DiagnosticReport(
    string Kind, PtxSeverity Severity, string? File, int? Line, int? Column, string? Kernel, int[]? Block, int[]? Thread, string? Address, string? Allocation,
    long Count, string Message)
{
    /// <summary>The line for people.</summary>
    [JsonIgnore]
    public string Text { get; private init; } = "";

    /// <summary>A diagnostic as JSON takes it.</summary>
    public static DiagnosticReport Of(PtxDiagnostic found) => new(
        found.Kind, found.Severity, found.File, found.Position?.Line, found.Position?.Column, found.Kernel, Sizes(found.Block), Sizes(found.Thread),
        found.Address is { } address ? $"0x{address:x}" : null, found.Allocation, found.Count, found.Message)
    {
        Text = found.Count > 1 ? $"{found} [{found.Count} times]" : found.ToString(),
    };

    /// <summary>Sizes as a list.</summary>
    public static int[]? Sizes(Dim3? sizes) => sizes is { } s ? [s.X, s.Y, s.Z] : null;
}
