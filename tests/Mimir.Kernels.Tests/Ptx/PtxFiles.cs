using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Tests.Ptx;

/// <summary>PTX files of the repository, where they lie in the source tree.</summary>
internal static class PtxFiles
{
    /// <summary>What a compiler made: see Corpus/README.md.</summary>
    public static IEnumerable<string> Corpus => Directory.GetFiles(Path.Combine(Here(), "Corpus"), "*.ptx").Order();

    /// <summary>The project's own kernels.</summary>
    public static IEnumerable<string> Kernels =>
        Directory.GetFiles(Path.Combine(Here(), "..", "..", "..", "kernels"), "*.ptx").Select(Path.GetFullPath).Order();

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
