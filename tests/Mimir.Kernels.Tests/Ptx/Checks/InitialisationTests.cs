using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>Reads of what nobody wrote. Line 1 stores, line 2 loads.</summary>
public sealed class InitialisationTests
{
    private const int Store = 0;
    private const int Load = 1;

    private static readonly PtxInstruction[] s_shared = [Instruction(PtxOpcode.St, StateSpace.Shared), Instruction(PtxOpcode.Ld, StateSpace.Shared)];
    private static readonly PtxInstruction[] s_global = [Instruction(PtxOpcode.St, StateSpace.Global), Instruction(PtxOpcode.Ld, StateSpace.Global)];

    [Test]
    public void SharedBytesThatWereNotWrittenAreNamed()
    {
        using var bench = new MonitorBench(32, 1, s_shared);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, lane => (ulong)lane * 8, lanes: 0x7FFF_FFFF);
        bench.Shared(Load, AccessKind.Load, 0, lane => (ulong)lane * 8);
        bench.EndBlock();
        var found = bench.Collect().Diagnostics.Single();
        Assert.Multiple(() =>
        {
            Assert.That(found.Kind, Is.EqualTo(DiagnosticKinds.UninitialisedShared));
            Assert.That(found.Position!.Value.Line, Is.EqualTo(2));
            Assert.That(found.Thread, Is.EqualTo(new Dim3(31, 0, 0)));
            Assert.That(found.Address, Is.EqualTo(248));
            Assert.That(found.Message, Does.Contain("dynamic shared memory+248"));
        });
    }

    [TestCase(4, 4)]
    [TestCase(16, 16)]
    [TestCase(4, 132)]
    [TestCase(1, 4)]
    public void ReadsOfWhatTheBlockWroteAreClean(int bytes, int stride)
    {
        using var bench = new MonitorBench(32, 2, s_shared);
        for (var block = 0; block < 2; block++)
        {
            bench.BeginBlock(block);
            if (block == 0)
                bench.Shared(Store, AccessKind.Store, 0, lane => 64 + (ulong)(lane * stride), bytes);
            bench.Shared(Load, AccessKind.Load, 0, lane => 64 + (ulong)(lane * stride), bytes);
            bench.EndBlock();
        }
        // The second block inherits nothing.
        var found = bench.Collect().Diagnostics.Single();
        Assert.That((found.Block, found.Count), Is.EqualTo((new Dim3(1, 0, 0), 32)));
    }

    [Test]
    public void GlobalBytesCountAsWrittenByTheHostOrByAnyStore()
    {
        using var bench = new MonitorBench(32, 1, s_global);
        var x = bench.Memory.Allocate(256, "x");
        bench.Memory.Write(x, new byte[128]);
        bench.BeginBlock(0);
        bench.Global(Load, AccessKind.Load, 0, lane => x + (ulong)lane * 4);
        bench.Global(Store, AccessKind.Store, 0, lane => x + 128 + (ulong)lane * 4, lanes: 0xFFFF);
        bench.Global(Load, AccessKind.Load, 0, lane => x + 128 + (ulong)lane * 4, lanes: 0xFFFF);
        bench.Global(Load, AccessKind.Load, 0, lane => x + 128 + (ulong)lane * 4);
        bench.EndBlock();
        var found = bench.Collect().Diagnostics.Single();
        Assert.Multiple(() =>
        {
            Assert.That(found.Kind, Is.EqualTo(DiagnosticKinds.UninitialisedGlobal));
            Assert.That(found.Allocation, Is.EqualTo("x+192"));
            Assert.That(found.Address, Is.EqualTo(x + 192));
            Assert.That(found.Thread, Is.EqualTo(new Dim3(16, 0, 0)));
            Assert.That(found.Count, Is.EqualTo(16));
        });
    }

    [Test]
    public void AtomicsReadWhatTheyChange()
    {
        using var bench = new MonitorBench(32, 1, Instruction(PtxOpcode.Red, StateSpace.Global));
        var x = bench.Memory.Allocate(4, "sum");
        bench.BeginBlock(0);
        bench.Global(0, AccessKind.Atomic, 0, _ => x, lanes: 1);
        bench.Global(0, AccessKind.Atomic, 0, _ => x, lanes: 1);
        bench.EndBlock();
        var found = bench.Collect().Diagnostics.Single();
        Assert.That((found.Allocation, found.Count), Is.EqualTo(("sum+0", 1)));
    }

    [Test]
    public void LanesInSeveralAllocationsAreLookedUpEach()
    {
        using var bench = new MonitorBench(32, 1, s_global);
        ulong[] parts = [bench.Memory.Allocate(4, "a"), bench.Memory.Allocate(4, "b"), bench.Memory.Allocate(4, "c")];
        bench.Memory.Write(parts[0], new byte[4]);
        bench.Memory.Write(parts[2], new byte[4]);
        bench.BeginBlock(0);
        bench.Global(Load, AccessKind.Load, 0, lane => parts[lane % 3]);
        bench.EndBlock();
        var found = bench.Collect().Diagnostics.Single();
        Assert.That((found.Allocation, found.Count), Is.EqualTo(("b+0", 11)));
    }
}
