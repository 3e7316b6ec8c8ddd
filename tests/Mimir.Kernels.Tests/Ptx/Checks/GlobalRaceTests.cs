using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using static Mimir.Kernels.Tests.Ptx.Checks.MonitorBench;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>The rules of what races in global memory. Line 1 stores, line 2 loads, line 3 is atomic, line 4 loads by .nc, line 5 is a fence.</summary>
public sealed class GlobalRaceTests
{
    private const int Store = 0;
    private const int Load = 1;
    private const int Atomic = 2;
    private const int NonCoherent = 3;

    private static readonly PtxInstruction[] s_instructions =
    [
        Instruction(PtxOpcode.St, StateSpace.Global),
        Instruction(PtxOpcode.Ld, StateSpace.Global),
        Instruction(PtxOpcode.Atom, StateSpace.Global),
        Instruction(PtxOpcode.Ld, StateSpace.Global, PtxModifier.Nc),
        Instruction(PtxOpcode.Membar, StateSpace.Generic),
    ];

    [Test]
    public void BlocksMayNotTouchWhatAnotherWrites([Values] bool twoWorkers, [Values] bool ascending, [Values] bool write)
    {
        using var bench = new MonitorBench(32, 3, s_instructions);
        var x = bench.Memory.Allocate(1024, "x");
        foreach (var block in ascending ? new[] { 0, 2 } : [2, 0])
        {
            bench.BeginBlock(block);
            bench.Global(block == 0 || write ? Store : Load, block == 0 || write ? AccessKind.Store : AccessKind.Load, 0, lane => x + 256 + (ulong)lane * 4);
            bench.EndBlock();
            if (twoWorkers)
                bench.NextWorker();
        }
        var race = bench.Races().Single();
        Assert.Multiple(() =>
        {
            Assert.That(race.Kind, Is.EqualTo(DiagnosticKinds.GlobalRace));
            Assert.That(race.Block, Is.EqualTo(new Dim3(2, 0, 0)));
            Assert.That(race.Thread, Is.EqualTo(new Dim3(0, 0, 0)));
            Assert.That(race.Allocation, Is.EqualTo("x+256"));
            Assert.That(race.Address, Is.EqualTo(x + 256));
            Assert.That(race.Count, Is.EqualTo(32));
            Assert.That(race.Message, Does.Contain("line 1 by thread (0, 0, 0) of block (0, 0, 0)"));
        });
    }

    [Test]
    public void BlocksThatWriteTheSameAreInformation([Values] bool equal)
    {
        using var bench = new MonitorBench(32, 4, s_instructions);
        var x = bench.Memory.Allocate(4, "flag");
        for (var block = 0; block < 4; block++)
        {
            bench.BeginBlock(block);
            bench.Global(Store, AccessKind.Store, 0, _ => x, lanes: 1, values: [equal ? 1U : (uint)block]);
            bench.EndBlock();
        }
        Assert.That(bench.Races().Single().Severity, Is.EqualTo(equal ? PtxSeverity.Information : PtxSeverity.Error));
    }

    [Test]
    public void OwnPiecesAndAtomicsAreClean()
    {
        using var bench = new MonitorBench(32, 4, s_instructions);
        var x = bench.Memory.Allocate(1024, "x");
        for (var block = 0; block < 4; block++)
        {
            var piece = x + (ulong)block * 128;
            bench.BeginBlock(block);
            bench.Global(Load, AccessKind.Load, 0, lane => piece + (ulong)lane * 4);
            bench.Global(Store, AccessKind.Store, 0, lane => piece + (ulong)lane * 4);
            bench.Global(Store, AccessKind.Store, 0, lane => piece + (ulong)lane * 4);
            bench.Global(Atomic, AccessKind.Atomic, 0, _ => x + 1000);
            bench.EndBlock();
        }
        Assert.That(bench.Races(), Is.Empty);
    }

    [Test]
    public void AtomicsRaceWithPlainAccessesOfOtherBlocks([Values] bool write)
    {
        using var bench = new MonitorBench(32, 2, s_instructions);
        var x = bench.Memory.Allocate(4, "x");
        bench.BeginBlock(0);
        bench.Global(Atomic, AccessKind.Atomic, 0, _ => x, lanes: 1);
        bench.EndBlock();
        bench.BeginBlock(1);
        bench.Global(write ? Store : Load, write ? AccessKind.Store : AccessKind.Load, 0, _ => x, lanes: 1);
        bench.EndBlock();
        Assert.That(bench.Races(), Has.Count.EqualTo(1));
    }

    [Test]
    public void ThreadsOfABlockAreOrderedByBarriersInGlobalMemoryToo([Values] bool barrier)
    {
        using var bench = new MonitorBench(64, 1, s_instructions);
        var x = bench.Memory.Allocate(1024, "x");
        bench.BeginBlock(0);
        bench.Global(Store, AccessKind.Store, 0, lane => x + (ulong)lane * 4);
        if (barrier)
            bench.Barrier();
        bench.Global(Load, AccessKind.Load, 1, lane => x + (ulong)lane * 4);
        bench.EndBlock();
        var races = bench.Races();
        Assert.That(races, Has.Count.EqualTo(barrier ? 0 : 1));
        if (!barrier)
            Assert.That(races[0].Allocation, Is.EqualTo("x+0"));
    }

    [Test]
    public void NonCoherentReadsOfWhatTheLaunchWritesAreReported([Values(1, 2)] int blocks, [Values] bool readFirst)
    {
        using var bench = new MonitorBench(32, blocks, s_instructions);
        var x = bench.Memory.Allocate(128, "x");
        for (var block = 0; block < blocks; block++)
        {
            bench.BeginBlock(block);
            for (var step = 0; step < 2; step++)
            {
                if (step == 0 == readFirst)
                    bench.Global(NonCoherent, AccessKind.Load, 0, lane => x + (ulong)lane * 4, lanes: 1U << block);
                else
                    bench.Global(Store, AccessKind.Store, 0, lane => x + (ulong)lane * 4, lanes: 1U << block);
            }
            bench.EndBlock();
        }
        var found = bench.Races();
        Assert.That(found.Select(race => race.Kind), Is.EqualTo(new[] { DiagnosticKinds.NonCoherentRead }));
        Assert.That(found[0].Position!.Value.Line, Is.EqualTo(4));
        Assert.That(found[0].Count, Is.EqualTo(blocks));
    }

    /// <summary>Each block leaves a part, fences, and takes a ticket; the last one adds the parts up.</summary>
    [Test]
    public void TheLastBlockMayReadWhatOthersFencedBeforeTheirTickets(
        [Values] bool fence, [Values] bool barrier, [Values] bool ticket, [Values] bool twoWorkers)
    {
        const int Blocks = 3;
        using var bench = new MonitorBench(64, Blocks, s_instructions);
        var parts = bench.Memory.Allocate(4096, "parts");
        var tickets = bench.Memory.Allocate(4, "tickets");
        foreach (var block in new[] { 1, 0, 2 })
        {
            bench.BeginBlock(block);
            var part = parts + (ulong)block * 256;
            bench.Global(Store, AccessKind.Store, 0, lane => part + (ulong)lane * 4);
            bench.Global(Store, AccessKind.Store, 1, lane => part + 128 + (ulong)lane * 4);
            if (barrier)
                bench.Barrier();
            if (fence)
                bench.Monitor.OnFence(4, 0, 1, isGlobal: true);
            if (ticket)
                bench.Global(Atomic, AccessKind.Atomic, 0, _ => tickets, lanes: 1);
            bench.Barrier();
            if (block == 2)
            {
                for (var other = 0; other < Blocks; other++)
                    bench.Global(Load, AccessKind.Load, 1, lane => parts + (ulong)other * 256 + 128 + (ulong)lane * 4);
                bench.Global(Store, AccessKind.Store, 1, lane => parts + 128 + (ulong)lane * 4);
            }
            bench.EndBlock();
            if (twoWorkers)
                bench.NextWorker();
        }
        var races = bench.Races();
        Assert.That(races, fence && barrier && ticket ? Is.Empty : Is.Not.Empty);
    }

    [Test]
    public void WhatABlockWritesBehindItsTicketIsNotCovered()
    {
        using var bench = new MonitorBench(32, 2, s_instructions);
        var x = bench.Memory.Allocate(128, "x");
        var tickets = bench.Memory.Allocate(4, "tickets");
        bench.BeginBlock(0);
        bench.Monitor.OnFence(4, 0, 1, isGlobal: true);
        bench.Global(Atomic, AccessKind.Atomic, 0, _ => tickets, lanes: 1);
        bench.Global(Store, AccessKind.Store, 0, lane => x + (ulong)lane * 4);
        bench.EndBlock();
        bench.BeginBlock(1);
        bench.Global(Atomic, AccessKind.Atomic, 0, _ => tickets, lanes: 1);
        bench.Global(Load, AccessKind.Load, 0, lane => x + (ulong)lane * 4);
        bench.EndBlock();
        Assert.That(bench.Races(), Has.Count.EqualTo(1));
    }

    [Test]
    public void SourcesOfAsynchronousCopiesMayNotChangeBeforeTheWait([Values] bool wait)
    {
        using var bench = new MonitorBench(32, 1, [Instruction(PtxOpcode.St, StateSpace.Global), Instruction(PtxOpcode.CpAsync, StateSpace.Shared)]);
        var x = bench.Memory.Allocate(512, "x");
        bench.BeginBlock(0);
        bench.Global(1, AccessKind.AsyncRead, 0, lane => x + (ulong)lane * 16, 16);
        bench.Shared(1, AccessKind.AsyncIssue, 0, lane => (ulong)lane * 16, 16);
        if (wait)
            bench.Shared(1, AccessKind.AsyncWrite, 0, lane => (ulong)lane * 16, 16);
        bench.Global(0, AccessKind.Store, 0, lane => x + (ulong)lane * 16);
        if (!wait)
            bench.Shared(1, AccessKind.AsyncWrite, 0, lane => (ulong)lane * 16, 16);
        bench.EndBlock();
        Assert.That(bench.Races().Select(found => found.Kind), wait ? Is.Empty : Is.EqualTo(new[] { DiagnosticKinds.AsyncCopyPending }));
    }
}
