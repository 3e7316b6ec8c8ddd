using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Tests.Devices;

/// <summary>What only a card with its driver can tell. The contract tests of the kernels run on it by themselves.</summary>
internal sealed class CardTests
{
    [Test]
    public void ItsCompilerTakesEveryKernelAndSpillsNothing()
    {
        if (!SharedLibrary.TryLoad(["libcuda.so.1", "nvcuda.dll"], out _))
            Assert.Ignore("no NVIDIA driver: libcuda.so.1 was not found");
        using var card = PtxDevice.OpenCuda();
        Assert.Multiple(() =>
        {
            foreach (var kernel in PtxKernelTests.Kernels)
            {
                var loaded = card.Load(kernel);
                Assert.That(loaded.LocalBytes, Is.Zero, $"{kernel} needs {loaded.Registers} registers and spills");
                Assert.That(loaded.BlocksPerMultiprocessor(loaded.ThreadLimit, dynamicSharedBytes: 0), Is.Positive, $"{kernel} in blocks of {loaded.ThreadLimit}");
            }
        });
    }
}
