using Mimir.Kernels.Ptx;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Reports;

/// <summary>What is wrong with PTX files.</summary>
/// <param name="Passed">Whether no file has an error.</param>
/// <param name="Files">One a file.</param>
internal sealed record PtxCheckReport(bool Passed, IReadOnlyList<PtxFileReport> Files) : VerbReport;

/// <summary>What is wrong with a PTX file.</summary>
/// <param name="File">The file.</param>
/// <param name="Passed">Whether it could be read and has no error.</param>
/// <param name="PtxVersion">Its <c>.version</c>, such as 7.1; null where there is an error.</param>
/// <param name="Target">NN of its <c>.target sm_NN</c>.</param>
/// <param name="Entries">Its kernels.</param>
/// <param name="Diagnostics">Errors and warnings.</param>
/// <param name="Problem">Why the file could not be read; null where it could.</param>
internal sealed record PtxFileReport(
    string File, bool Passed, string? PtxVersion, int? Target, IReadOnlyList<string> Entries, IReadOnlyList<DiagnosticReport> Diagnostics, string? Problem)
{
    /// <summary>A parsed file.</summary>
    public static PtxFileReport Of(string file, PtxParseResult parsed) => new(
        file, parsed.Module is not null, parsed.Module is { } module ? $"{module.Version / 10}.{module.Version % 10}" : null, parsed.Module?.Target,
        [.. parsed.Module?.Functions.Where(function => function.IsEntry).Select(function => function.Name) ?? []],
        [.. parsed.Diagnostics.Select(DiagnosticReport.Of)], null);

    /// <summary>How many diagnostics are that bad.</summary>
    public int Count(PtxSeverity severity) => Diagnostics.Count(diagnostic => diagnostic.Severity == severity);
}

/// <summary>What came of a launch on the emulator.</summary>
/// <param name="File">The PTX file.</param>
/// <param name="Entry">The kernel.</param>
/// <param name="Grid">Blocks, [x, y, z].</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Passed">Whether nothing of severity error was found.</param>
/// <param name="Diagnostics">What was found, in the file and in the run.</param>
/// <param name="Counters">What was counted; null where nothing ran.</param>
/// <param name="Instructions">Lane instructions.</param>
/// <param name="Seconds">How long the emulation took.</param>
/// <param name="Outputs">The files that were written.</param>
internal sealed record PtxRunReport(
    string File, string Entry, int[] Grid, int[] Block, int SharedBytes, bool Passed, IReadOnlyList<DiagnosticReport> Diagnostics, CountersReport? Counters,
    long Instructions, double Seconds, IReadOnlyList<string> Outputs) : VerbReport
{
    /// <summary>A run as JSON takes it.</summary>
    public static PtxRunReport Of(PtxRunRequest request, PtxRunResult result, string verb) => new(
        request.File, request.Entry, DiagnosticReport.Sizes(request.Grid)!, DiagnosticReport.Sizes(request.Block)!, request.SharedBytes, result.Succeeded,
        [.. result.Diagnostics.Select(DiagnosticReport.Of)], result.Counted is { } counted ? CountersReport.Of(counted) : null,
        result.Instructions, result.Seconds, result.Outputs)
    {
        Verb = verb,
    };
}
