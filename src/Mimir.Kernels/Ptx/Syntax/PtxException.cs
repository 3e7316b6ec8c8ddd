namespace Mimir.Kernels.Ptx;

/// <summary>A PTX file was refused. The message lists every error, one a line.</summary>
public sealed class PtxException(IReadOnlyList<PtxDiagnostic> diagnostics)
    : Exception(string.Join(Environment.NewLine, diagnostics.Where(found => found.Severity == PtxSeverity.Error)))
{
    /// <summary>Everything that was found.</summary>
    public IReadOnlyList<PtxDiagnostic> Diagnostics { get; } = diagnostics;
}
