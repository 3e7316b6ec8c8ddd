using Mimir.Cli.Reports;
using Mimir.Kernels.Ptx;
using Mimir.Runtime.Emulation;

namespace Mimir.Cli.Output;

/// <summary>A launch on the emulator, in lines.</summary>
internal static class PtxText
{
    /// <summary>Writes what was found, a line each, then what ran.</summary>
    public static void Write(PtxRunRequest request, PtxRunResult result, TextWriter output)
    {
        foreach (var diagnostic in result.Diagnostics.Where(diagnostic => diagnostic.Severity > PtxSeverity.Information))
            output.WriteLine(DiagnosticReport.Of(diagnostic).Text);
        var errors = result.Diagnostics.Count(diagnostic => diagnostic.Severity == PtxSeverity.Error);
        var verdict = errors == 0 ? "no errors" : $"{errors} error{(errors == 1 ? "" : "s")}";
        output.WriteLine(result.Module is null
            ? $"{request.File}: {verdict}; nothing ran"
            : $"{request.Entry}, grid {request.Grid}, block {request.Block}: {verdict}; {result.Instructions} lane instructions in {result.Seconds:0.000} s");
        foreach (var file in result.Outputs)
            output.WriteLine($"wrote {file}");
    }
}
