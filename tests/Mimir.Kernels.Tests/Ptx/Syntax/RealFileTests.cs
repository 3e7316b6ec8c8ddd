using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Syntax;

/// <summary>Whole files: a compiler's and our own.</summary>
[TestFixture]
public class RealFileTests
{
    private static IEnumerable<TestCaseData> Corpus => PtxFiles.Corpus.Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileName(path)));

    private static IEnumerable<TestCaseData> Kernels => PtxFiles.Kernels.Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileName(path)));

    [TestCaseSource(nameof(Corpus))]
    public void CompilerOutputIsAccepted(string path)
    {
        var result = PtxParser.Parse(File.ReadAllText(path), Path.GetFileName(path));

        Assert.That(result.Diagnostics.Where(found => found.Severity == PtxSeverity.Error), Is.Empty);
        Assert.That(result.Module!.Functions, Is.Not.Empty);
    }

    [TestCaseSource(nameof(Kernels))]
    public void OwnKernelsHaveNeitherErrorsNorWarnings(string path)
    {
        var result = PtxParser.Parse(File.ReadAllText(path), Path.GetFileName(path));

        Assert.That(result.Diagnostics.Where(found => found.Severity != PtxSeverity.Information), Is.Empty);
    }
}
