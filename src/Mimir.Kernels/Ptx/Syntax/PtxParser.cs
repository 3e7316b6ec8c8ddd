using Mimir.Kernels.Ptx.Analysis;
using Mimir.Kernels.Ptx.Syntax;

namespace Mimir.Kernels.Ptx;

/// <summary>What reading a PTX file gave.</summary>
/// <param name="Module">The module; null when an error was found.</param>
/// <param name="Diagnostics">Errors and data-flow warnings in the order of the file.</param>
public sealed record PtxParseResult(PtxModule? Module, IReadOnlyList<PtxDiagnostic> Diagnostics);

/// <summary>A PTX file was refused. The message lists every error, one a line.</summary>
public sealed class PtxException(IReadOnlyList<PtxDiagnostic> diagnostics)
    : Exception(string.Join(Environment.NewLine, diagnostics.Where(found => found.Severity == PtxSeverity.Error)))
{
    /// <summary>Everything that was found.</summary>
    public IReadOnlyList<PtxDiagnostic> Diagnostics { get; } = diagnostics;
}

/// <summary>Reads PTX strictly: what the vendor's assembler refuses is refused here, with file, line, column and reason.</summary>
public static class PtxParser
{
    /// <summary>Reads and checks a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="file">Its name, for messages.</param>
    public static PtxParseResult Parse(string text, string file)
    {
        var diagnostics = new DiagnosticBag(file);
        var tokens = PtxLexer.Tokenise(text, diagnostics);
        var module = new ModuleParser(new TokenReader(text, tokens), diagnostics, file).Parse();
        if (!diagnostics.HasErrors)
            StaticChecks.Run(module, diagnostics);
        return new PtxParseResult(diagnostics.HasErrors ? null : module, diagnostics.Sorted());
    }

    /// <summary>Reads a file that has to be right.</summary>
    /// <exception cref="PtxException">It is not.</exception>
    public static PtxModule ParseOrThrow(string text, string file)
    {
        var result = Parse(text, file);
        return result.Module ?? throw new PtxException(result.Diagnostics);
    }
}
