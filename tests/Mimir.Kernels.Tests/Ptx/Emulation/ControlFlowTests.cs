using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Branches that part lanes, in all schedules.</summary>
[TestFixture(WarpSchedule.InOrder)]
[TestFixture(WarpSchedule.Random)]
[TestFixture(WarpSchedule.Adversarial)]
public sealed class ControlFlowTests(WarpSchedule schedule)
{
    private readonly EmulatorOptions _options = new() { Schedule = schedule, Seed = 3, Checks = EmulatorChecks.All };

    private uint[] Run(string statements, int threads = 32, string declarations = "") =>
        ThreadProgram.Run(statements, threads, options: _options, declarations: declarations);

    private static IEnumerable<uint> Threads(int count, Func<int, long> value) => Enumerable.Range(0, count).Select(thread => (uint)value(thread));

    [Test]
    public void NestedDivergence() => Assert.That(
        Run(
            """
                and.b32 %r1, %lane, 1;
                setp.eq.u32 %p0, %r1, 0;
                and.b32 %r2, %lane, 2;
                setp.eq.u32 %p1, %r2, 0;
                @%p0 bra even;
                @%p1 bra odd0;
                add.u32 %result, %result, 300;
                bra join;
            odd0:
                add.u32 %result, %result, 100;
                bra join;
            even:
                @!%p1 bra even2;
                add.u32 %result, %result, 7;
                bra join;
            even2:
                add.u32 %result, %result, 200;
            join:
                add.u32 %result, %result, %lane;
            """),
        Is.EqualTo(Threads(32, t => t + (t % 4) switch { 0 => 7, 1 => 100, 2 => 200, _ => 300 })));

    [Test]
    public void LoopsWithDifferentTripCounts() => Assert.That(
        Run(
            """
                mov.u32 %r1, 0;
            loop:
                setp.ge.u32 %p0, %r1, %lane;
                @%p0 bra done;
                add.u32 %result, %result, %r1;
                add.u32 %r1, %r1, 1;
                bra loop;
            done:
                shl.b32 %result, %result, 1;
            """, threads: 96),
        Is.EqualTo(Threads(96, t => (t % 32) * (t % 32 - 1))));

    [Test]
    public void EarlyExits()
    {
        var (results, launch, _) = ThreadProgram.Launch(
            """
                setp.gt.u32 %p0, %tid, 20;
                @%p0 exit;
                rem.u32 %r1, %tid, 5;
                setp.eq.u32 %p1, %r1, 3;
                mov.u32 %result, 9;
                @%p1 ret;
            """, threads: 50, options: _options);
        Assert.That(launch.Diagnostics, Is.Empty);
        Assert.That(results, Is.EqualTo(Threads(50, t => t > 20 || t % 5 == 3 ? uint.MaxValue : 9)));
    }

    /// <summary>A loop that is entered in the middle by half of the lanes.</summary>
    [Test]
    public void IrreducibleLoop() => Assert.That(
        Run(
            """
                mov.u32 %r1, 0;
                setp.lt.u32 %p0, %lane, 16;
                @%p0 bra middle;
            head:
                add.u32 %result, %result, 1000;
            middle:
                add.u32 %result, %result, 1;
                add.u32 %r1, %r1, 1;
                setp.lt.u32 %p1, %r1, 5;
                @%p1 bra head;
            """),
        Is.EqualTo(Threads(32, t => t < 16 ? 4005 : 5005)));

    /// <summary>The compiler's habit: the join block lies below the blocks that lead to it.</summary>
    [Test]
    public void BackwardJoin() => Assert.That(
        Run(
            """
                bra start;
            join:
                shfl.sync.idx.b32 %r3, %r2, 31, 31, 0xffffffff;
                add.u32 %result, %r2, %r3;
                bra end;
            start:
                setp.lt.u32 %p0, %lane, 8;
                mov.u32 %r2, 5;
                @%p0 bra join;
                mov.u32 %r1, 0;
            count:
                add.u32 %r1, %r1, 1;
                setp.lt.u32 %p1, %r1, %lane;
                @%p1 bra count;
                mov.u32 %r2, %r1;
                bra join;
            """),
        Is.EqualTo(Threads(32, t => (t < 8 ? 5 : t) + 31)));

    /// <summary>A shuffle inside a branch, among the lanes that its mask names.</summary>
    [Test]
    public void ShufflesInDivergentCode() => Assert.That(
        Run(
            """
                setp.lt.u32 %p0, %lane, 16;
                @%p0 bra low;
                shfl.sync.bfly.b32 %result, %lane, 1, 31, 0xffff0000;
                bra end;
            low:
                shfl.sync.down.b32 %result, %lane, 4, 0x100f, 0x0000ffff;
                setp.ge.u32 %p1, %lane, 12;
                @%p1 mov.u32 %result, 77;
            """),
        Is.EqualTo(Threads(32, t => t >= 16 ? t ^ 1 : t < 12 ? t + 4 : 77)));

    /// <summary>The same operation with the full mask at two places: its lanes meet, as they do on hardware.</summary>
    [Test]
    public void ShufflesAtTwoPlacesMeet() => Assert.That(
        Run(
            """
                and.b32 %r1, %lane, 1;
                setp.eq.u32 %p0, %r1, 0;
                mul.lo.u32 %r2, %lane, 10;
                mul.lo.u32 %r3, %lane, 100;
                @%p0 bra even;
                shfl.sync.bfly.b32 %r4, %r2, 1, 31, 0xffffffff;
                add.u32 %result, %r4, 1;
                bra end;
            even:
                shfl.sync.bfly.b32 %r5, %r3, 1, 31, 0xffffffff;
                add.u32 %result, %r5, 2;
            """),
        Is.EqualTo(Threads(32, t => (t & 1) != 0 ? 100 * (t ^ 1) + 1 : 10 * (t ^ 1) + 2)));

    /// <summary>Groups of lanes with masks of their own, at one instruction.</summary>
    [Test]
    public void MasksOfLanesThatAgree() => Assert.That(
        Run(
            """
                and.b32 %r1, %lane, 3;
                match.any.sync.b32 %r2, %r1, 0xffffffff;
                redux.sync.add.u32 %result, %lane, %r2;
            """),
        Is.EqualTo(Threads(32, t => Enumerable.Range(0, 32).Where(k => k % 4 == t % 4).Sum())));

    [Test]
    public void BarrierAfterDivergentLoops() => Assert.That(
        Run(
            """
                mov.u32 %r1, 0;
            loop:
                add.u32 %r1, %r1, 1;
                setp.lt.u32 %p0, %r1, %tid;
                @%p0 bra loop;
                mov.u32 %r2, tile;
                shl.b32 %r3, %tid, 2;
                add.u32 %r4, %r2, %r3;
                st.shared.u32 [%r4], %r1;
                bar.sync 0;
                sub.u32 %r5, 127, %tid;
                shl.b32 %r5, %r5, 2;
                add.u32 %r5, %r5, %r2;
                ld.shared.u32 %result, [%r5];
            """, threads: 128),
        Is.EqualTo(Threads(128, t => Math.Max(127 - t, 1))));

    [Test]
    public void DeviceFunctionsCalledByPartsOfAWarp() => Assert.That(
        Run(
            """
                {
                .param .b32 argument; .param .b32 answer;
                st.param.b32 [argument], %lane;
                setp.lt.u32 %p0, %lane, 10;
                @%p0 bra small;
                call.uni (answer), triple, (argument);
                bra join;
            small:
                call (answer), factorial, (argument);
            join:
                ld.param.b32 %result, [answer];
                }
            """,
            declarations:
            """
            .func (.param .b32 y) triple(.param .b32 x)
            {
                .reg .b32 %r<2>;
                ld.param.b32 %r0, [x];
                mul.lo.u32 %r1, %r0, 3;
                st.param.b32 [y], %r1;
                ret;
            }
            .func (.param .b32 y) factorial(.param .b32 x)
            {
                .reg .b32 %r<4>;
                .reg .pred %p;
                .param .b32 smaller; .param .b32 partial;
                ld.param.b32 %r0, [x];
                setp.le.u32 %p, %r0, 1;
                mov.u32 %r2, 1;
                @%p bra done;
                sub.u32 %r1, %r0, 1;
                st.param.b32 [smaller], %r1;
                call.uni (partial), factorial, (smaller);
                ld.param.b32 %r2, [partial];
                mul.lo.u32 %r2, %r2, %r0;
            done:
                st.param.b32 [y], %r2;
                ret;
            }
            """),
        Is.EqualTo(Threads(32, t => t < 10 ? Enumerable.Range(1, t).Aggregate(1, (a, b) => a * b) : 3 * t)));
}
