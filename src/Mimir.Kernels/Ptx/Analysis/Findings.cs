using Mimir.Kernels.Ptx.Syntax;

namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Reports what is found in one function.</summary>
internal sealed class Findings(PtxFunction function, DiagnosticBag diagnostics)
{
    public void Warn(PtxPosition position, string kind, string message) =>
        diagnostics.Add(PtxSeverity.Warning, position, kind, message, function.Name);

    public void Inform(PtxPosition position, string kind, string message) =>
        diagnostics.Add(PtxSeverity.Information, position, kind, message, function.Name);
}
