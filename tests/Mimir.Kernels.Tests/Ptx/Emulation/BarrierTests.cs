using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

public sealed class BarrierTests
{
    private static readonly EmulatorOptions Checked = new() { Checks = EmulatorChecks.Synchronisation };

    private static IEnumerable<uint> Threads(int count, Func<int, long> value) => Enumerable.Range(0, count).Select(thread => (uint)value(thread));

    /// <summary>Writes the thread's number, meets at a barrier, reads its neighbour's.</summary>
    private const string Exchange =
        """
            mov.u32 %r2, tile;
            shl.b32 %r3, %tid, 2;
            add.u32 %r4, %r2, %r3;
            st.shared.u32 [%r4], %tid;
            bar.sync 3;
            xor.b32 %r5, %r3, 128;
            add.u32 %r5, %r5, %r2;
            ld.shared.u32 %result, [%r5];
        """;

    [Test]
    public void WarpsThatHaveExitedAreNotWaitedFor([Values] WarpSchedule schedule)
    {
        var (results, launch, _) = ThreadProgram.Launch(
            "setp.ge.u32 %p0, %tid, 64;\n@%p0 exit;\n" + Exchange, threads: 128, options: new EmulatorOptions { Schedule = schedule, Seed = 5 });
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(results, Is.EqualTo(Threads(128, t => t < 64 ? t ^ 32 : uint.MaxValue)));
    }

    [Test]
    public void ThreadsThatHaveExitedAreNotWaitedFor()
    {
        var (results, launch, _) = ThreadProgram.Launch("and.b32 %r1, %tid, 1;\nsetp.eq.u32 %p0, %r1, 0;\n@%p0 exit;\n" + Exchange, threads: 64);
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(results, Is.EqualTo(Threads(64, t => (t & 1) != 0 ? t ^ 32 : uint.MaxValue)));
    }

    [Test]
    public void PartialLastWarp() => Assert.That(
        ThreadProgram.Run(Exchange.Replace("128", "0"), threads: 40), Is.EqualTo(Threads(40, t => t)));

    /// <summary>Producers arrive, consumers wait: 32 + 32 threads.</summary>
    [Test]
    public void ArriveAndSync([Values] WarpSchedule schedule) => Assert.That(
        ThreadProgram.Run(
            """
                mov.u32 %r2, tile;
                shl.b32 %r3, %lane, 2;
                add.u32 %r4, %r2, %r3;
                setp.ge.u32 %p0, %tid, 32;
                @%p0 bra consumer;
                st.shared.u32 [%r4], %tid;
                bar.arrive 1, 64;
                bra end;
            consumer:
                bar.sync 1, 64;
                ld.shared.u32 %result, [%r4];
            """, threads: 64, options: new EmulatorOptions { Schedule = schedule, Checks = EmulatorChecks.All }),
        Is.EqualTo(Threads(64, t => t < 32 ? 0 : t - 32)));

    [Test]
    public void Reductions() => Assert.That(
        ThreadProgram.Run(
            """
                setp.lt.u32 %p0, %tid, 45;
                bar.red.popc.u32 %r1, 0, %p0;
                bar.red.and.pred %p1, 0, %p0;
                bar.red.or.pred %p2, 0, !%p0;
                selp.u32 %r2, 1000, 0, %p1;
                selp.u32 %r3, 2000, 0, %p2;
                add.u32 %result, %r1, %r2;
                add.u32 %result, %result, %r3;
            """, threads: 64),
        Is.EqualTo(Threads(64, _ => 2045)));

    [Test]
    public void BarrierThatHalfOfAWarpSkips()
    {
        var found = ThreadProgram.Fail(
            DiagnosticKinds.DivergentBarrier,
            """
                setp.lt.u32 %p0, %lane, 16;
                @%p0 bar.sync 0;
                @!%p0 bar.sync 0;
            """, options: Checked);
        Assert.That(found.Position, Is.Not.Null);
        Assert.That(found.Kernel, Is.EqualTo("program"));
    }

    [Test]
    public void WarpsAtDifferentBarriers()
    {
        var found = ThreadProgram.Fail(
            DiagnosticKinds.Deadlock,
            """
                setp.lt.u32 %p0, %tid, 32;
                @%p0 bra first;
                bar.sync 1;
                bra end;
            first:
                bar.sync 2;
            """, threads: 64);
        Assert.That(found.Message, Does.Contain("warp 0").And.Contain("warp 1").And.Contain("barrier 1").And.Contain("barrier 2").And.Contain("line"));
    }

    [Test]
    public void WarpsAtTheSameBarrierOfDifferentInstructions() => ThreadProgram.Fail(
        DiagnosticKinds.DivergentBarrier,
        """
            setp.lt.u32 %p0, %tid, 32;
            @%p0 bra first;
            bar.sync 0;
            bra end;
        first:
            bar.sync 0;
        """, threads: 64, options: Checked);

    [Test]
    public void CountsThatDoNotFit()
    {
        ThreadProgram.Fail(DiagnosticKinds.BarrierCount, "mov.u32 %r1, 48;\nbar.sync 0, %r1;", threads: 64);
        ThreadProgram.Fail(DiagnosticKinds.BarrierCount, "mov.u32 %r1, 16;\nbar.sync %r1;", threads: 64);
        ThreadProgram.Fail(DiagnosticKinds.BarrierCount, "bar.sync 0, 128;", threads: 64);
    }

    [Test]
    public void LanesOutsideTheirMask() => ThreadProgram.Fail(
        DiagnosticKinds.MemberMask, "shfl.sync.bfly.b32 %result, %lane, 1, 31, 0x0000ffff;", options: Checked);

    [Test]
    public void ShufflesFromExitedLanes()
    {
        var found = ThreadProgram.Fail(
            DiagnosticKinds.ShuffleSource,
            "setp.ge.u32 %p0, %lane, 16;\n@%p0 exit;\nshfl.sync.down.b32 %result, %lane, 8, 31, 0xffffffff;", options: Checked);
        Assert.That(found.Message, Does.Contain("lane 16"));
    }

    [Test]
    public void ShuffleThatLanesNeverReach() => ThreadProgram.Fail(
        DiagnosticKinds.Deadlock,
        """
            setp.lt.u32 %p0, %lane, 16;
            @%p0 bra shuffle;
            bar.sync 0;
            bra end;
        shuffle:
            shfl.sync.bfly.b32 %result, %lane, 1, 31, 0xffffffff;
        """);

    [Test]
    public void MatrixInstructionsNeedAllLanes() => ThreadProgram.Fail(
        DiagnosticKinds.DivergentBarrier,
        "setp.ge.u32 %p0, %lane, 31;\n@%p0 exit;\nmov.u32 %r1, tile;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r2}, [%r1];", options: Checked);

    /// <summary>A lane of the warp waits for another: both get their turn.</summary>
    [Test, CancelAfter(60_000)]
    public void LanesThatWaitForEachOther([Values] WarpSchedule schedule) => Assert.That(
        ThreadProgram.Run(
            """
                mov.u32 %r2, tile;
                st.shared.u32 [%r2], 0;
                bar.warp.sync 0xffffffff;
                setp.eq.u32 %p0, %lane, 5;
                @%p0 bra set;
            wait:
                ld.volatile.shared.u32 %r3, [%r2];
                setp.eq.u32 %p1, %r3, 0;
                @%p1 bra wait;
                mov.u32 %result, %r3;
                bra end;
            set:
                st.volatile.shared.u32 [%r2], 42;
                mov.u32 %result, 1;
            """, options: new EmulatorOptions { Schedule = schedule }),
        Is.EqualTo(Threads(32, t => t == 5 ? 1 : 42)));

    [Test, CancelAfter(60_000)]
    public void EndlessLoops()
    {
        var found = ThreadProgram.Fail(
            DiagnosticKinds.EndlessLoop,
            """
            wait:
                ld.volatile.global.u32 %r3, [%data];
                setp.eq.u32 %p1, %r3, 0;
                @%p1 bra wait;
            """);
        Assert.That(found.Message, Does.Contain("line"));
        Assert.That(found.Thread, Is.Not.Null);
    }

    [Test]
    public void Traps() => ThreadProgram.Fail(DiagnosticKinds.Trap, "trap;");

    [Test]
    public void UniformBranchesOfLanesThatDisagree() => ThreadProgram.Fail(
        DiagnosticKinds.DivergentBranch, "setp.lt.u32 %p0, %lane, 3;\n@%p0 bra.uni end;");
}
