using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Counters;

/// <summary>What launch bounds leave a thread.</summary>
public sealed class RegisterEstimateTests
{
    [TestCase("", 255)]
    [TestCase(".maxntid 128", 255)]

    // 65536 / 1024 = 64 registers a thread.
    [TestCase(".maxntid 1024", 64)]

    // Two blocks of 256: 128; three: 85, of which whole eights.
    [TestCase(".maxntid 256 .minnctapersm 2", 128)]
    [TestCase(".maxntid 256 .minnctapersm 3", 80)]
    [TestCase(".reqntid 32, 8 .minnctapersm 2", 128)]
    [TestCase(".maxnreg 40", 40)]
    public void DirectivesCapTheRegisters(string directives, int cap)
    {
        var text = $".version 7.1\n.target sm_80\n.address_size 64\n.visible .entry nothing() {directives} {{ ret; }}\n";
        var estimate = RegisterEstimate.Of(PtxParser.ParseOrThrow(text, "nothing.ptx").Functions[0]);
        Assert.That(estimate.Cap, Is.EqualTo(cap));
        Assert.That(estimate.PerThread, Is.EqualTo(estimate.Live));
    }
}
