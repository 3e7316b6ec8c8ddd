using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>What threads can do wrong when they wait for each other: each is found at its line, and its correct form is silent.</summary>
public sealed class SynchronisationTests
{
    private const string IsEven = "and.b32 %r1, %t, 1;\n setp.eq.u32 %p1, %r1, 0;\n";
    private const string IsLow = "setp.lt.u32 %p1, %t, 16;\n";
    private const string Warps = "setp.lt.u32 %p1, %t, 32;\n";
    private const string Full = "0xffffffff";
    private const string Tile = ".shared .align 16 .b8 tile[256];";
    private const string Mma = "mov.b32 %r1, 0;\n mov.f32 %f1, 0f00000000;\n"
        + "{0} mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {{%f1, %f1, %f1, %f1}}, {{%r1, %r1, %r1, %r1}}, {{%r1, %r1}}, {{%f1, %f1, %f1, %f1}};";

    private static IEnumerable<TestCaseData> Wrong()
    {
        TestCaseData Case(string name, string kind, string body, string at, string says, int block = 64, PtxSeverity severity = PtxSeverity.Error) =>
            new TestCaseData(kind, severity, body, at, says, block).SetArgDisplayNames(name);

        yield return Case(
            "a barrier for half of a warp", DiagnosticKinds.DivergentBarrier,
            IsLow + "@%p1 bar.sync 0;", "@%p1 bar.sync", "0xffff0000", 32);
        yield return Case(
            "lanes of a warp at two barriers", DiagnosticKinds.DivergentBarrier,
            IsLow + "@%p1 bra LOW;\n bar.sync 0;\n bra DONE;\nLOW:\n bar.sync 0;\nDONE:", " bar.sync 0;\n bra", "different instructions", 32);
        yield return Case(
            "warps at two barriers", DiagnosticKinds.DivergentBarrier,
            Warps + "@%p1 bra LOW;\n bar.sync 0;\n bra DONE;\nLOW:\n bar.sync 0;\nDONE:", " bar.sync 0;\n bra", "a different instruction");
        yield return Case(
            "a count that is no multiple of 32", DiagnosticKinds.BarrierCount,
            "mov.u32 %r1, 48;\n bar.sync 1, %r1;", "bar.sync", "48 threads");
        yield return Case("a count beyond the block", DiagnosticKinds.BarrierCount, "bar.sync 1, 96;", "bar.sync", "the block has 64");
        yield return Case(
            "a count that others do not give", DiagnosticKinds.BarrierCount,
            Warps + "@%p1 bar.sync 1, 64;\n @!%p1 bar.sync 1, 96;", "@%p1", "by others", 96);
        yield return Case(
            "sync and red at once", DiagnosticKinds.BarrierCount, Warps + "@%p1 bar.sync 1, 64;\n @!%p1 bar.red.popc.u32 %r1, 1, 64, %p1;", "@!%p1", "bar.red");
        yield return Case(
            "waiting for a warp that never comes", DiagnosticKinds.Deadlock,
            Warps + "@%p1 bar.sync 1, 64;", "@%p1 bar.sync", "wait at barrier 1");
        yield return Case(
            "arrivals that nobody waits for", DiagnosticKinds.BarrierCount,
            Warps + "@%p1 bar.arrive 1, 64;", "@%p1 bar.arrive", "nobody waits", 64, PtxSeverity.Warning);
        yield return Case(
            "a lane outside its own mask", DiagnosticKinds.MemberMask, "shfl.sync.bfly.b32 %r1, %t, 1, 31, 0x0000ffff;", "shfl.sync", "not in their mask", 32);
        yield return Case(
            "lanes with different masks", DiagnosticKinds.Deadlock,
            IsEven + "selp.b32 %r2, 0xffffffff, 0x7fffffff, %p1;\n shfl.sync.bfly.b32 %r1, %t, 1, 31, %r2;", "shfl.sync", "wait for lanes", 32);
        yield return Case(
            "a mask that names lanes which have exited", DiagnosticKinds.MemberMask,
            IsLow + "@!%p1 exit;\n shfl.sync.idx.b32 %r1, %t, 0, 31, 0xffffffff;", "shfl.sync", "have exited", 32, PtxSeverity.Warning);
        yield return Case(
            "a shuffle from a lane outside the mask", DiagnosticKinds.ShuffleSource,
            IsLow + "@%p1 shfl.sync.idx.b32 %r1, %t, 20, 31, 0x0000ffff;", "@%p1 shfl", "reads lane 20", 32);
        yield return Case(
            "lanes that wait for each other at different instructions", DiagnosticKinds.Deadlock,
            IsLow + $"@%p1 bra LOW;\n bar.warp.sync {Full};\n bra DONE;\nLOW:\n shfl.sync.bfly.b32 %r1, %t, 16, 31, {Full};\nDONE:",
            "bar.warp.sync", "wait for lanes", 32);
        yield return Case(
            "mma by half of a warp", DiagnosticKinds.DivergentBarrier,
            IsLow + string.Format(Mma, "@%p1"), "mma.sync", "0xffff0000", 32);
        yield return Case(
            "mma of a partial warp", DiagnosticKinds.DivergentBarrier,
            string.Format(Mma, ""), "mma.sync", "exited or never were", 48);
        yield return Case("ldmatrix behind an exit", DiagnosticKinds.DivergentBarrier, IsLow + "@!%p1 exit;\n mov.u32 %r2, tile;\n"
            + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%r2];", "ldmatrix", "have exited", 32);
        yield return Case(
            "a uniform branch that is none", DiagnosticKinds.DivergentBranch,
            IsLow + "@%p1 bra.uni DONE;\n add.u32 %r1, %t, 1;\nDONE:", "bra.uni", "0x0000ffff", 32);
    }

    private static IEnumerable<TestCaseData> Right()
    {
        TestCaseData Case(string name, string body, int block = 64) => new TestCaseData(body, block).SetArgDisplayNames(name);

        yield return Case(
            "an unaligned barrier by lanes that have parted",
            IsLow + "@%p1 bra LOW;\n barrier.sync 0;\n bra DONE;\nLOW:\n barrier.sync 0;\nDONE:", 32);
        yield return Case("warps that have exited are not waited for", Warps + "@%p1 exit;\n bar.sync 0;\n bar.sync 0;");
        yield return Case("lanes that have exited are not waited for", IsLow + "@%p1 exit;\n bar.sync 0;", 32);
        yield return Case("a partial warp at a barrier", "bar.sync 0;", 48);
        yield return Case("arrive and sync", Warps + "@%p1 bar.arrive 1, 64;\n @!%p1 bar.sync 1, 64;");
        yield return Case("two barriers for two warps", Warps + "@%p1 bar.sync 1, 32;\n @!%p1 bar.sync 2, 32;");
        yield return Case("a shuffle of half a warp", IsLow + "@%p1 shfl.sync.bfly.b32 %r1, %t, 1, 31, 0x0000ffff;", 32);
        yield return Case(
            "lanes that meet at a shuffle behind a branch", IsLow + $"@%p1 bra LOW;\n add.u32 %r2, %t, 7;\nLOW:\n shfl.sync.bfly.b32 %r1, %t, 16, 31, {Full};", 32);
        yield return Case(
            "lanes at two shuffles of one mask",
            IsLow + $"@%p1 bra LOW;\n shfl.sync.bfly.b32 %r1, %t, 16, 31, {Full};\n bra DONE;\nLOW:\n shfl.sync.bfly.b32 %r2, %t, 16, 31, {Full};\nDONE:", 32);
        yield return Case("mma by a whole warp", string.Format(Mma, ""), 32);
    }

    [TestCaseSource(nameof(Wrong))]
    public void IsFound(string kind, PtxSeverity severity, string body, string at, string says, int block)
    {
        foreach (var schedule in Enum.GetValues<WarpSchedule>())
        {
            var found = Run(body, block, schedule);
            var matches = found.Where(diagnostic => diagnostic.Kind == kind && diagnostic.Severity == severity).ToList();
            Assert.That(matches, Is.Not.Empty, $"{schedule}: {string.Join('\n', found)}");
            var line = KernelRun.LineOf(body, 1, Tile, at);
            Assert.Multiple(() =>
            {
                Assert.That(matches.Select(match => match.Message), Has.Some.Contains(says), schedule.ToString());
                Assert.That(matches.All(match => match is { Block: not null, Thread: not null, Kernel: "test_kernel" }));
                if (schedule == WarpSchedule.InOrder)
                    Assert.That(matches.Select(match => match.Position!.Value.Line), Has.Some.InRange(line, line + 3));
            });
        }
    }

    [TestCaseSource(nameof(Right))]
    public void IsSilent(string body, int block)
    {
        foreach (var schedule in Enum.GetValues<WarpSchedule>())
            Assert.That(Run(body, block, schedule), Is.Empty, schedule.ToString());
    }

    private static IReadOnlyList<PtxDiagnostic> Run(string body, int block, WarpSchedule schedule)
    {
        using var run = new KernelRun(new EmulatorOptions { Checks = EmulatorChecks.All, Schedule = schedule, Seed = 3 });
        run.Input("x", 256);
        return run.Launch(body, 1, block, Tile).Diagnostics;
    }
}
