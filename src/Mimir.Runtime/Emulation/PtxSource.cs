using Mimir.Kernels.Ptx;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Emulation;

/// <summary>PTX files on disk.</summary>
public static class PtxSource
{
    /// <summary>Reads and parses a file.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="FileFormatException">It is a folder.</exception>
    /// <exception cref="IOException">It may not be read.</exception>
    public static PtxParseResult Parse(string path) => PtxParser.Parse(InputFile.ReadText(path), path);
}
