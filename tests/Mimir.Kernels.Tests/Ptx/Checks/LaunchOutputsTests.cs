using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>Results that were not written wholly.</summary>
public sealed class LaunchOutputsTests
{
    [TestCase(0xFFFFFFFFU, 0, 0)]
    [TestCase(0x0000FFFFU, 64, 64)]
    [TestCase(0xFFFF0FFFU, 16, 48)]
    [TestCase(0U, 128, 0)]
    public void BytesThatNoThreadWroteAreCounted(uint lanes, long missing, long first)
    {
        using var bench = new MonitorBench(32, 1, Instruction(PtxOpcode.St, StateSpace.Global));
        var y = bench.Memory.Allocate(1000, "result");
        bench.Memory.Fill(y, 1000, 0);
        var outputs = new LaunchOutputs(bench.Memory);
        outputs.Expect("y", y + 40, 128);
        outputs.Expect("nothing", 0, 0);
        bench.BeginBlock(0);
        bench.Global(0, AccessKind.Store, 0, lane => y + 40 + (ulong)lane * 4, lanes: lanes);
        bench.EndBlock();
        var found = outputs.Check(bench.Module, bench.Kernel);
        if (missing == 0)
        {
            Assert.That(found, Is.Empty);
            return;
        }
        Assert.Multiple(() =>
        {
            Assert.That(found[0].Message, Does.StartWith($"{missing} of 128 bytes of 'y' were never written by made_up, first at offset {first}"));
            Assert.That(found[0].Kind, Is.EqualTo(DiagnosticKinds.UnwrittenOutput));
            Assert.That(found[0].Address, Is.EqualTo(y + 40 + (ulong)first));
        });
    }
}
