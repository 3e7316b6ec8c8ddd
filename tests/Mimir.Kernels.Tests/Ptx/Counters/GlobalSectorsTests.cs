using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Tests.Ptx.Checks;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Counters;

/// <summary>Sectors of global memory against figures worked out by hand.</summary>
public sealed class GlobalSectorsTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        TestCaseData Case(string name, int bytes, Func<int, int> offset, int sectors, int ideal, int lines, int asked) =>
            new TestCaseData(bytes, offset, sectors, ideal, lines, asked).SetArgDisplayNames(name);

        yield return Case("coalesced", 4, lane => lane * 4, 4, 4, 1, 128);
        yield return Case("coalesced, backwards", 4, lane => 124 - lane * 4, 4, 4, 1, 128);
        yield return Case("shifted by 4 bytes", 4, lane => 4 + lane * 4, 5, 4, 2, 128);
        yield return Case("every second word", 4, lane => lane * 8, 8, 4, 2, 128);
        yield return Case("every 32nd word", 4, lane => lane * 128, 32, 4, 32, 128);
        yield return Case("one word for all", 4, _ => 8, 1, 1, 1, 4);
        yield return Case("16 bytes a lane", 16, lane => lane * 16, 16, 16, 4, 512);
        yield return Case("8 bytes a lane", 8, lane => lane * 8, 8, 8, 2, 256);
        yield return Case("bytes", 1, lane => lane, 1, 1, 1, 32);
        yield return Case("eight rows of four words", 4, lane => lane / 4 * 1024 + lane % 4 * 4, 8, 4, 8, 128);
    }

    [TestCaseSource(nameof(Cases))]
    public void SectorsOfARequest(int bytes, Func<int, int> offset, int sectors, int ideal, int lines, int asked)
    {
        using var bench = new MonitorBench(32, 1, Instruction(PtxOpcode.Ld, StateSpace.Global));
        var x = bench.Memory.Allocate(16384, "x");
        bench.BeginBlock(0);
        bench.Execute(0);
        bench.Global(0, AccessKind.Load, 0, lane => x + (ulong)offset(lane), bytes);
        bench.Global(0, AccessKind.Load, 0, lane => x + (ulong)offset(lane), bytes);
        bench.EndBlock();
        var counters = bench.Collect().Counters!;
        var expected = new GlobalTraffic(2, 2 * sectors, 2 * ideal, 2 * lines, 2 * asked, 0, 0);
        Assert.Multiple(() =>
        {
            Assert.That(counters.Global, Is.EqualTo(expected));
            Assert.That(counters.Global.SectorsPerRequest, Is.EqualTo(sectors));
            Assert.That(counters.Global.Efficiency, Is.EqualTo(asked / (32.0 * sectors)));
            // The second read finds the sectors in the cache.
            Assert.That(counters.MemoryBytes, Is.EqualTo(32 * sectors));
            Assert.That(counters.Lines[0].Sectors, Is.EqualTo(2 * sectors));
        });
    }

    [Test]
    public void AtomicsCountTheirAddressesAndTheQueue()
    {
        using var bench = new MonitorBench(32, 1, Instruction(PtxOpcode.Red, StateSpace.Global));
        var x = bench.Memory.Allocate(64, "x");
        bench.BeginBlock(0);
        bench.Global(0, AccessKind.Atomic, 0, lane => x + (ulong)(lane % 8) * 4);
        bench.EndBlock();
        bench.Execute(0);
        var global = bench.Collect().Counters!.Global;
        Assert.That((global.AtomicAddresses, global.AtomicConflicts), Is.EqualTo((8, 24)));
    }

    [Test]
    public void WorkersAreAddedUp()
    {
        KernelCounters Run(bool twoWorkers)
        {
            using var bench = new MonitorBench(32, 2, Instruction(PtxOpcode.Ld, StateSpace.Global), Instruction(PtxOpcode.Fma, StateSpace.Generic));
            var x = bench.Memory.Allocate(256, "x");
            for (var block = 0; block < 2; block++)
            {
                bench.BeginBlock(block);
                bench.Execute(0);
                bench.Execute(1, 0xFF);
                bench.Execute(1, 1);
                bench.Global(0, AccessKind.Load, 0, lane => x + (ulong)lane * 4);
                bench.EndBlock();
                if (twoWorkers)
                    bench.NextWorker();
            }
            return bench.Collect().Counters!;
        }

        var (one, two) = (Run(false), Run(true));
        Assert.Multiple(() =>
        {
            Assert.That(two.Lines, Is.EqualTo(one.Lines));
            Assert.That(one.Instructions, Is.EqualTo(new InstructionCount(6, 2 * (32 + 8 + 1))));
            Assert.That(one.Global.Sectors, Is.EqualTo(8));
            Assert.That(two.MemoryBytes, Is.EqualTo(one.MemoryBytes).And.EqualTo(128));
            Assert.That(one.Lines.Select(line => (line.Warps, line.Lanes)), Is.EqualTo(new[] { (2L, 64L), (4L, 18L) }));
        });
    }
}
