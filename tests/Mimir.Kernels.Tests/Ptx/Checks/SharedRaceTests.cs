using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>The rules of what races in shared memory, told without an interpreter. Line 1 stores, line 2 loads, line 3 is atomic.</summary>
public sealed class SharedRaceTests
{
    private const int Store = 0;
    private const int Load = 1;
    private const int Atomic = 2;

    private static readonly PtxInstruction[] s_instructions =
    [
        Instruction(PtxOpcode.St, StateSpace.Shared), Instruction(PtxOpcode.Ld, StateSpace.Shared), Instruction(PtxOpcode.Atom, StateSpace.Shared),
    ];

    private static ulong Own(int lane) => (ulong)lane * 4;

    private static ulong Next(int lane) => (ulong)lane * 4 + 4;

    [Test]
    public void WriteThenReadByAnotherWarpNeedsABarrier([Values] bool barrier)
    {
        using var bench = new MonitorBench(64, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        if (barrier)
            bench.Barrier();
        bench.Shared(Load, AccessKind.Load, 1, Own);
        bench.EndBlock();
        var races = bench.Races();
        if (barrier)
        {
            Assert.That(races, Is.Empty);
            return;
        }
        Assert.That(races, Has.Count.EqualTo(1));
        Assert.Multiple(() =>
        {
            Assert.That(races[0].Kind, Is.EqualTo(DiagnosticKinds.SharedRace));
            Assert.That(races[0].Severity, Is.EqualTo(PtxSeverity.Error));
            Assert.That(races[0].Kernel, Is.EqualTo("made_up"));
            Assert.That(races[0].Position!.Value.Line, Is.EqualTo(2));
            Assert.That(races[0].Thread, Is.EqualTo(new Dim3(32, 0, 0)));
            Assert.That(races[0].Address, Is.EqualTo(0));
            Assert.That(races[0].Count, Is.EqualTo(32));
            Assert.That(races[0].Message, Does.Contain("line 1").And.Contains("thread (0, 0, 0)"));
        });
    }

    [Test]
    public void ReadThenWriteByAnotherWarpNeedsABarrier([Values] bool barrier, [Values(1, 2, 3)] int readers)
    {
        using var bench = new MonitorBench(160, 1, s_instructions);
        bench.BeginBlock(0);
        for (var reader = 0; reader < readers; reader++)
            bench.Shared(Load, AccessKind.Load, reader, Own);
        if (barrier)
            bench.Barrier();
        // The writer is one of the readers: it must not hide the others.
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.EndBlock();
        Assert.That(bench.Races(), Has.Count.EqualTo(barrier || readers == 1 ? 0 : 1));
    }

    [Test]
    public void LanesOfAWarpAreOrderedByWarpSync([Values] bool sync)
    {
        using var bench = new MonitorBench(32, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Load, AccessKind.Load, 0, Next);
        if (sync)
            bench.Monitor.OnWarpSync(1, 0, uint.MaxValue);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.EndBlock();
        var races = bench.Races();
        Assert.That(races, Has.Count.EqualTo(sync ? 0 : 1));
        if (!sync)
            Assert.That(races[0].Message, Does.Contain("lanes of one warp"));
    }

    [Test]
    public void PartialWarpSyncOrdersOnlyItsLanes()
    {
        using var bench = new MonitorBench(32, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.Monitor.OnWarpSync(1, 0, 0x0000_FFFF);
        bench.Shared(Load, AccessKind.Load, 0, lane => (ulong)(15 - lane) * 4, lanes: 0x0000_FFFF);
        bench.Shared(Load, AccessKind.Load, 0, lane => Own(lane - 16), lanes: 0x0001_0000);
        bench.EndBlock();
        var races = bench.Races();
        Assert.That(races, Has.Count.EqualTo(1));
        Assert.That(races[0].Thread, Is.EqualTo(new Dim3(16, 0, 0)));
        Assert.That(races[0].Count, Is.EqualTo(1));
    }

    [Test]
    public void LanesOfOneStoreToOneWordRaceUnlessTheyWriteTheSame([Values] bool equal)
    {
        using var bench = new MonitorBench(32, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, _ => 64, values: [.. Enumerable.Range(0, 32).Select(lane => equal ? 7U : (uint)lane)]);
        bench.EndBlock();
        var races = bench.Races();
        Assert.That(races, Has.Count.EqualTo(1));
        Assert.That(races[0].Severity, Is.EqualTo(equal ? PtxSeverity.Information : PtxSeverity.Error));
        Assert.That(races[0].Count, Is.EqualTo(31));
    }

    [Test]
    public void AtomicsDoNotRaceWithEachOtherButWithPlainAccesses([Values] bool plain)
    {
        using var bench = new MonitorBench(64, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Atomic, AccessKind.Atomic, 0, lane => (ulong)(lane % 4) * 4);
        bench.Shared(Atomic, AccessKind.Atomic, 1, lane => (ulong)(lane % 4) * 4);
        if (plain)
            bench.Shared(Load, AccessKind.Load, 0, Own, lanes: 1);
        bench.EndBlock();
        Assert.That(bench.Races(), Has.Count.EqualTo(plain ? 1 : 0));
    }

    [Test]
    public void NamedBarriersOrderThoseWhoWaitedOnly()
    {
        using var bench = new MonitorBench(96, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.Monitor.OnPartialBarrier(0, 1, 0b011);
        bench.Shared(Load, AccessKind.Load, 1, Own);
        bench.Shared(Load, AccessKind.Load, 2, Own);
        bench.EndBlock();
        var race = bench.Races().Single();
        Assert.That((race.Thread, race.Count), Is.EqualTo((new Dim3(64, 0, 0), 32)));
    }

    [Test]
    public void AWarpThatArrivesIsOrderedBeforeThoseWhoWaitButNotBehindThem()
    {
        using var bench = new MonitorBench(64, 1, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.Monitor.OnBarrierArrive(0, 1, 0);
        bench.Shared(Store, AccessKind.Store, 0, lane => 1024 + Own(lane));
        bench.Monitor.OnPartialBarrier(0, 1, 0b10);
        bench.Shared(Load, AccessKind.Load, 1, Own);
        bench.Shared(Load, AccessKind.Load, 1, lane => 1024 + Own(lane));
        bench.EndBlock();
        var race = bench.Races().Single();
        Assert.That((race.Address, race.Count), Is.EqualTo((1024UL, 32)));
    }

    [Test]
    public void BlocksDoNotShare()
    {
        using var bench = new MonitorBench(64, 2, s_instructions);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        bench.EndBlock();
        bench.BeginBlock(1);
        bench.Shared(Store, AccessKind.Store, 1, Own);
        bench.EndBlock();
        Assert.That(bench.Races(), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(8)]
    [TestCase(16)]
    public void EverySizeOfAccessIsSeen(int bytes)
    {
        var instruction = bytes >= 4 ? s_instructions : [.. s_instructions.Select(old => new PtxInstruction
        {
            Opcode = old.Opcode,
            Text = old.Text,
            Modifiers = old.Modifiers,
            Types = [bytes == 1 ? PtxType.U8 : PtxType.U16],
            Space = old.Space,
            Operands = old.Operands,
            Position = old.Position,
        })];
        using var bench = new MonitorBench(64, 1, instruction);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, lane => (ulong)(lane * bytes), bytes);
        // The neighbouring bytes are another warp's: no race.
        bench.Shared(Store, AccessKind.Store, 1, lane => (ulong)((lane + 32) * bytes), bytes);
        bench.Shared(Load, AccessKind.Load, 1, lane => (ulong)((lane + 31) * bytes), bytes);
        bench.EndBlock();
        var race = bench.Races().Single();
        Assert.That((race.Address, race.Position!.Value.Line), Is.EqualTo(((ulong)(31 * bytes), 2)));
    }

    [Test]
    public void AsynchronousBytesMayNotBeTouchedBeforeTheWait([Values] bool wait, [Values] bool barrier, [Values] bool own)
    {
        using var bench = new MonitorBench(64, 1, Instruction(PtxOpcode.CpAsync, StateSpace.Shared), s_instructions[1]);
        bench.BeginBlock(0);
        bench.Shared(0, AccessKind.AsyncIssue, 0, lane => (ulong)lane * 16, 16);
        if (wait)
            bench.Shared(0, AccessKind.AsyncWrite, 0, lane => (ulong)lane * 16, 16);
        if (barrier)
            bench.Barrier();
        bench.Shared(1, AccessKind.Load, own ? 0 : 1, lane => (ulong)lane * 16, 16);
        if (!wait)
            bench.Shared(0, AccessKind.AsyncWrite, 0, lane => (ulong)lane * 16, 16);
        bench.EndBlock();
        var found = bench.Races();
        var expected = !wait ? DiagnosticKinds.AsyncCopyPending : own || barrier ? null : DiagnosticKinds.SharedRace;
        Assert.That(found.Select(race => race.Kind), expected is null ? Is.Empty : Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void CopiesThatNobodyWaitsForAreReportedAndForgotten()
    {
        using var bench = new MonitorBench(32, 2, Instruction(PtxOpcode.CpAsync, StateSpace.Shared), s_instructions[1]);
        bench.BeginBlock(0);
        bench.Shared(0, AccessKind.AsyncIssue, 0, lane => (ulong)lane * 16, 16);
        bench.EndBlock();
        bench.BeginBlock(1);
        bench.Shared(1, AccessKind.Load, 0, lane => (ulong)lane * 16, 16);
        bench.EndBlock();
        Assert.That(bench.Races().Select(found => (found.Kind, found.Severity)), Is.EqualTo(new[] { (DiagnosticKinds.AsyncCopyUnwaited, PtxSeverity.Warning) }));
    }

    [Test]
    public void FlagsBehindFencesOrderWarps([Values] bool fence)
    {
        using var bench = new MonitorBench(64, 1, [.. s_instructions, Instruction(PtxOpcode.Membar, StateSpace.Generic)]);
        bench.BeginBlock(0);
        bench.Shared(Store, AccessKind.Store, 0, Own);
        if (fence)
            bench.Monitor.OnFence(3, 0, uint.MaxValue, isGlobal: false);
        bench.Shared(Atomic, AccessKind.Atomic, 0, _ => 4096, lanes: 1);
        bench.Shared(Atomic, AccessKind.Atomic, 1, _ => 4096, lanes: 1);
        bench.Shared(Load, AccessKind.Load, 1, Own);
        bench.EndBlock();
        Assert.That(bench.Races(), Has.Count.EqualTo(fence ? 0 : 1));
    }
}
