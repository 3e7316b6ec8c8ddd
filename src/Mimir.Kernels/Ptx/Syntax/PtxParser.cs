using Mimir.Kernels.Ptx.Analysis;
using Mimir.Kernels.Ptx.Syntax;

namespace Mimir.Kernels.Ptx;

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
