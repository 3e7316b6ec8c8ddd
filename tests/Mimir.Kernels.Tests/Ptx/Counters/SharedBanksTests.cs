using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Tests.Ptx.Checks;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Counters;

/// <summary>Wavefronts of shared memory against figures worked out by hand.</summary>
public sealed class SharedBanksTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        TestCaseData Case(string name, int bytes, Func<int, int> offset, int wavefronts, int ideal) =>
            new TestCaseData(bytes, offset, wavefronts, ideal).SetArgDisplayNames(name);

        yield return Case("a word a lane, in a row", 4, lane => lane * 4, 1, 1);
        yield return Case("a row that begins in the middle", 4, lane => 20 + lane * 4, 1, 1);
        yield return Case("every second word", 4, lane => lane * 8, 2, 1);
        yield return Case("every 32nd word: one bank", 4, lane => lane * 128, 32, 1);
        yield return Case("every 33rd word: padded", 4, lane => lane * 132, 1, 1);
        yield return Case("one word for all", 4, _ => 64, 1, 1);
        yield return Case("two words of a bank, half each", 4, lane => lane % 2 * 128, 2, 1);
        yield return Case("bytes in a row: four a word", 1, lane => lane, 1, 1);
        yield return Case("bytes 32 words apart", 1, lane => lane * 128 + lane % 4, 32, 1);
        yield return Case("backwards", 4, lane => (31 - lane) * 4, 1, 1);
        yield return Case("8 bytes in a row", 8, lane => lane * 8, 2, 2);
        yield return Case("8 bytes, every second", 8, lane => lane * 16, 4, 2);
        yield return Case("8 bytes, one word pair a half", 8, lane => lane / 16 * 128, 2, 2);
        yield return Case("16 bytes in a row", 16, lane => lane * 16, 4, 4);
        yield return Case("16 bytes, rows of 128 bytes: one group of banks", 16, lane => lane * 128, 32, 4);
        yield return Case("16 bytes, rows of 144 bytes: padded", 16, lane => lane * 144, 4, 4);
        yield return Case("16 bytes, rows of 128 bytes, column swizzled by the row", 16, lane => lane * 128 + (lane % 8 ^ 3) * 16, 4, 4);
        yield return Case("16 bytes, rows of 64 bytes: two and two", 16, lane => lane * 64, 16, 4);
    }

    [TestCaseSource(nameof(Cases))]
    public void LoadsAndStores(int bytes, Func<int, int> offset, int wavefronts, int ideal)
    {
        foreach (var kind in new[] { AccessKind.Load, AccessKind.Store, AccessKind.AsyncIssue })
            Assert.That(Count(kind, bytes, offset, uint.MaxValue), Is.EqualTo((wavefronts, ideal)), kind.ToString());
    }

    /// <summary>Rows of 16 bytes for one, two or four matrices.</summary>
    [TestCase(8, 128, 8)]
    [TestCase(16, 128, 16)]
    [TestCase(32, 128, 32)]
    [TestCase(8, 144, 1)]
    [TestCase(16, 144, 2)]
    [TestCase(32, 144, 4)]
    [TestCase(32, 32, 8)]
    [TestCase(32, 16, 4)]
    public void MatrixRows(int rows, int pitch, int wavefronts)
    {
        var lanes = uint.MaxValue >> (32 - rows);
        Assert.That(Count(AccessKind.Matrix, 16, lane => lane * pitch, lanes), Is.EqualTo((wavefronts, rows / 8)));
    }

    [Test]
    public void AtomicsAtOneAddressQueue()
    {
        Assert.That(Count(AccessKind.Atomic, 4, _ => 0, uint.MaxValue).Wavefronts, Is.EqualTo(32));
        Assert.That(Count(AccessKind.Atomic, 4, lane => lane % 16 * 4, uint.MaxValue).Wavefronts, Is.EqualTo(2));
        Assert.That(Count(AccessKind.Atomic, 4, lane => lane * 4, uint.MaxValue).Wavefronts, Is.EqualTo(1));
    }

    [Test]
    public void PassesWithoutLanesCostNothing()
    {
        Assert.That(Count(AccessKind.Load, 16, lane => lane * 128, 0xFF00_0000), Is.EqualTo((8, 1)));
        Assert.That(Count(AccessKind.Load, 8, lane => lane * 8, 0x0000_FFFF), Is.EqualTo((1, 1)));
    }

    private static (long Wavefronts, long Ideal) Count(AccessKind kind, int bytes, Func<int, int> offset, uint lanes)
    {
        using var bench = new MonitorBench(32, 1, Instruction(PtxOpcode.Ld, StateSpace.Shared));
        bench.BeginBlock(0);
        bench.Execute(0, lanes);
        bench.Shared(0, kind, 0, lane => (ulong)offset(lane), bytes, lanes);
        bench.EndBlock();
        var counters = bench.Collect().Counters!;
        Assert.That(counters.Lines.Single().Conflicts, Is.EqualTo(counters.Shared.BankConflicts));
        return (counters.Shared.Wavefronts, counters.Shared.IdealWavefronts);
    }
}
