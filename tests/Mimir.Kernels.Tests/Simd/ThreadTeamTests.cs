using System.Collections.Concurrent;
using System.Diagnostics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="ThreadTeam"/>: every task once, exceptions, nesting, several callers, parking, the end.</summary>
[TestFixture]
public unsafe class ThreadTeamTests
{
    [Test]
    public void EveryTaskRunsOnceOnALaneOfTheTeam([Values(1, 2, 3, 4)] int threads, [Values(0, 1, 2, 3, 5, 64, 1001)] int tasks)
    {
        using var team = new ThreadTeam(threads);
        var runs = new int[tasks];
        var lanes = new int[tasks];
        team.Run(new Work((task, lane) =>
        {
            Interlocked.Increment(ref runs[task]);
            lanes[task] = lane;
            Assert.That(ThreadTeam.CurrentLane, Is.EqualTo(lane));
        }), tasks);
        Assert.That(runs, Is.All.EqualTo(1));
        Assert.That(lanes, Is.All.InRange(0, threads - 1));
        Assert.That(lanes, Is.Ordered, "tasks are dealt out in contiguous runs");
        if (tasks >= threads)
            Assert.That(lanes.Distinct().Count(), Is.EqualTo(threads));
    }

    [Test]
    public void FunctionsGetRangesThatCoverAllTasks([Values(1, 2, 3, 4)] int threads, [Values(0, 1, 2, 7, 100)] int tasks)
    {
        using var team = new ThreadTeam(threads);
        var runs = stackalloc int[100];
        team.Run(&Count, runs, tasks);
        for (var i = 0; i < 100; i++)
            Assert.That(runs[i], Is.EqualTo(i < tasks ? 1 : 0));
    }

    [Test]
    public void AnExceptionComesBackAndTheTeamGoesOn([Values(1, 2, 4)] int threads, [Values(0, 7)] int failing)
    {
        using var team = new ThreadTeam(threads);
        for (var round = 0; round < 20; round++)
        {
            Assert.That(
                () => team.Run(new Work((task, _) =>
                {
                    if (task == failing)
                        throw new InvalidDataException($"task {task}");
                }), 8),
                Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"task {failing}"));
            var runs = 0;
            team.Run(new Work((_, _) => Interlocked.Increment(ref runs)), 8);
            Assert.That(runs, Is.EqualTo(8));
        }
    }

    [Test]
    public void OneOfSeveralExceptionsComesBack()
    {
        using var team = new ThreadTeam(4);
        Assert.That(
            () => team.Run(new Work((task, _) => throw new InvalidDataException($"task {task}")), 8), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void NestedCallsRunOnTheCallingThread([Values(2, 3)] int threads)
    {
        using var team = new ThreadTeam(threads);
        var inner = new int[16];
        team.Run(new Work((task, lane) =>
        {
            var thread = Environment.CurrentManagedThreadId;
            team.Run(new Work((i, innerLane) =>
            {
                Assert.That(Environment.CurrentManagedThreadId, Is.EqualTo(thread));
                Assert.That(innerLane, Is.EqualTo(lane));
                Interlocked.Increment(ref inner[task * 4 + i]);
            }), 4);
        }), 4);
        Assert.That(inner, Is.All.EqualTo(1));
    }

    [Test]
    public void NestedCallsOfASmallerTeamGetALaneThatItHas()
    {
        using ThreadTeam large = new(4), small = new(2);
        var lanes = new ConcurrentBag<int>();
        large.Run(new Work((_, _) => small.Run(new Work((_, lane) => lanes.Add(lane)), 3)), 4);
        Assert.That(lanes, Has.Count.EqualTo(12));
        Assert.That(lanes, Is.All.InRange(0, 1));
    }

    [Test]
    public void AThrowingNestedCallEndsOnlyItsTask()
    {
        using var team = new ThreadTeam(2);
        var caught = 0;
        team.Run(new Work((_, _) =>
        {
            try
            {
                team.Run(new Work((_, _) => throw new InvalidDataException()), 2);
            }
            catch (InvalidDataException)
            {
                Interlocked.Increment(ref caught);
            }
        }), 4);
        Assert.That(caught, Is.EqualTo(4));
    }

    [Test]
    public void ManyQuickJobs([Values(1, 2, 3, 4)] int threads)
    {
        using var team = new ThreadTeam(threads);
        var counts = stackalloc int[8];
        var jobs = 0;
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 300; jobs++)
            team.Run(&Count, counts, 8);
        TestContext.Out.WriteLine($"{threads} threads: {300e3 / jobs:F1} microseconds a job");
        for (var i = 0; i < 8; i++)
            Assert.That(counts[i], Is.EqualTo(jobs));
    }

    [Test]
    public void ParkedWorkersWakeUp([Values(2, 3)] int threads)
    {
        // Gaps around the time at which a worker parks, so that some jobs meet it in the middle of falling asleep.
        using var team = new ThreadTeam(threads);
        var random = new Random(5);
        var counts = stackalloc int[8];
        var jobs = 0;
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 500; jobs++)
        {
            team.Run(&Count, counts, 8);
            var gap = Stopwatch.GetTimestamp() + (long)(random.NextDouble() * 2e-3 * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < gap)
                Thread.SpinWait(1);
            if (jobs % 40 == 0)
                Thread.Sleep(2);
        }

        for (var i = 0; i < 8; i++)
            Assert.That(counts[i], Is.EqualTo(jobs));
    }

    [Test]
    public void SeveralCallersAtOnce([Values(2, 4)] int threads)
    {
        using var team = new ThreadTeam(threads);
        var jobs = 0;
        var complete = 0;
        var clock = Stopwatch.StartNew();
        var callers = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (clock.ElapsedMilliseconds < 300)
            {
                var runs = 0;
                Interlocked.Increment(ref jobs);
                team.Run(new Work((_, _) => Interlocked.Increment(ref runs)), 5);
                if (runs == 5)
                    Interlocked.Increment(ref complete);
            }
        })).ToArray();
        foreach (var caller in callers)
            caller.Start();
        foreach (var caller in callers)
            caller.Join();
        Assert.That(complete, Is.EqualTo(jobs));
    }

    [Test]
    public void ResultsOfOneJobAreSeenByTheNext()
    {
        using var team = new ThreadTeam(2);
        var values = new long[64];
        var clock = Stopwatch.StartNew();
        for (var round = 0; clock.ElapsedMilliseconds < 300; round++)
        {
            var expected = round + 1;
            var shift = round % 63 + 1;
            team.Run(new Work((task, _) => values[task] = values[task] + 1), 64);
            team.Run(new Work((task, _) => Assert.That(values[(task + shift) % 64], Is.EqualTo(expected))), 64);
        }
    }

    [Test]
    public void DisposeEndsTheThreadsAndMayBeRepeated([Values(1, 2, 4)] int threads, [Values] bool parked)
    {
        var team = new ThreadTeam(threads);
        var used = new ConcurrentDictionary<Thread, bool>();
        team.Run(new Work((_, _) => used[Thread.CurrentThread] = true), 4 * threads);
        if (parked)
            Thread.Sleep(20);
        team.Dispose();
        team.Dispose();
        Assert.That(used.Keys.Where(thread => thread != Thread.CurrentThread).Select(thread => thread.IsAlive), Has.None.True);
        Assert.That(() => team.Run(new Work((_, _) => { }), 2), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void ATeamNeedsAThread() => Assert.That(() => new ThreadTeam(0), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    [NonParallelizable]
    public void AnIdleTeamUsesNoProcessor()
    {
        using var team = new ThreadTeam(2);
        team.Run(new Work((_, _) => { }), 2);
        Thread.Sleep(100);
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        Thread.Sleep(200);
        process.Refresh();
        Assert.That((process.TotalProcessorTime - before).TotalMilliseconds, Is.LessThan(100));
    }

    private static void Count(void* state, int from, int to)
    {
        for (var i = from; i < to; i++)
            Interlocked.Increment(ref ((int*)state)[i]);
    }

    private sealed class Work(Action<int, int> body) : ITeamWork
    {
        public void Run(int task, int lane) => body(task, lane);
    }
}
