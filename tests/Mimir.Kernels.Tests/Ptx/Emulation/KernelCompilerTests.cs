using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

public sealed class KernelCompilerTests
{
    /// <summary>Everything that the front end accepts of real files can be executed.</summary>
    [TestCaseSource(nameof(Files))]
    public void RealFilesDecode(string path)
    {
        var module = PtxParser.ParseOrThrow(File.ReadAllText(path), Path.GetFileName(path));
        using var memory = new EmulatedMemory();
        using var loaded = new EmulatedModule(module, memory);
        foreach (var kernel in module.Functions.Where(function => function.IsEntry))
            Assert.That(loaded.Compile(kernel).Code.Length, Is.GreaterThan(0), kernel.Name);
    }

    private static IEnumerable<TestCaseData> Files =>
        PtxFiles.Corpus.Concat(PtxFiles.Kernels).Select(path => new TestCaseData(path).SetArgDisplayNames(Path.GetFileName(path)));
}
