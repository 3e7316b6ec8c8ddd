namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>What was found in one file, in the order found.</summary>
internal sealed class DiagnosticBag(string file)
{
    /// <summary>Past this many errors a file is not worth reading on.</summary>
    private const int MaximumErrors = 200;

    private readonly List<PtxDiagnostic> _diagnostics = [];
    private int _errors;

    /// <summary>All of them in the order of the file.</summary>
    public IReadOnlyList<PtxDiagnostic> Sorted() =>
        _diagnostics.OrderBy(found => found.Position?.Line).ThenBy(found => found.Position?.Column).ToArray();

    public bool HasErrors => _errors > 0;

    public bool IsFull => _errors >= MaximumErrors;

    public void Error(PtxPosition position, string kind, string message) => Add(PtxSeverity.Error, position, kind, message, null);

    public void Error(PtxSyntaxException exception) => Error(exception.Position, exception.Kind, exception.Message);

    public void Add(PtxSeverity severity, PtxPosition position, string kind, string message, string? kernel)
    {
        if (severity == PtxSeverity.Error && _errors++ >= MaximumErrors)
            return;
        _diagnostics.Add(new PtxDiagnostic
        {
            Severity = severity, Kind = kind, Message = message, File = file, Position = position, Kernel = kernel,
        });
    }
}
