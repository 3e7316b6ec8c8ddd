using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Mimir.Kernels.Simd;

/// <summary>Work that a team shares: task <c>i</c> of <c>n</c>.</summary>
public interface ITeamWork
{
    /// <summary>Does one task. Tasks of one call run at the same time and must not write the same memory.</summary>
    /// <param name="task">Its number, from 0.</param>
    /// <param name="lane">The lane that runs it, in [0, <see cref="ThreadTeam.Threads"/>).</param>
    void Run(int task, int lane);
}

/// <summary>A fixed set of threads that take a job over within microseconds: they spin for a short while, then park.
/// Tasks are numbered by the shape of the work and dealt out in contiguous runs, so no result depends on the number of threads.
/// A call from inside a task, or while another caller has the team, runs all its tasks on the calling thread.</summary>
public sealed unsafe class ThreadTeam : IDisposable
{
    // Thread.SpinWait(8) lasts some 0.3 microseconds wherever the runtime has calibrated it, so this is some 50: longer than the
    // gaps between kernels of a step, and short enough to leave the core to others when there are more threads than cores.
    private const int SpinsBeforeParking = 170;

    [ThreadStatic]
    private static int t_lane;

    [ThreadStatic]
    private static bool t_inside;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _parked;
    private delegate*<void*, int, int, void> _body;
    private void* _state;
    private ITeamWork? _work;
    private int _tasks;
    private int _generation;
    private int _running;
    private int _busy;
    private bool _stopping;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts the team; the caller is its lane 0.</summary>
    /// <param name="threads">Lanes, at least 1.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _workers = new Thread[threads - 1];
        _wake = new SemaphoreSlim[threads - 1];
        _parked = new int[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var worker = i;
            _wake[i] = new SemaphoreSlim(0);
            _workers[i] = new Thread(() => Serve(worker), 16 << 20) { IsBackground = true, Name = $"mimir lane {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>The number of lanes, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>The lane that the current thread runs, 0 outside a team.</summary>
    public static int CurrentLane => t_lane;

    /// <summary>Runs <paramref name="tasks"/> tasks and returns when all are done. The first exception of a task is thrown again
    /// here; the tasks behind it on the same lane are left out.</summary>
    /// <exception cref="ObjectDisposedException">The team has ended.</exception>
    public void Run(ITeamWork work, int tasks)
    {
        if (!TryEnter(tasks))
        {
            var lane = Math.Min(t_lane, Threads - 1); // the thread may be a lane of a larger team
            for (var i = 0; i < tasks; i++)
                work.Run(i, lane);
            return;
        }

        _work = work;
        Share(null, null, tasks);
    }

    /// <summary>As <see cref="Run(ITeamWork, int)"/> for a static function and its state: what kernels use.</summary>
    internal void Run(delegate*<void*, int, int, void> body, void* state, int tasks)
    {
        if (!TryEnter(tasks))
        {
            if (tasks > 0)
                body(state, 0, tasks);
            return;
        }

        _work = null;
        Share(body, state, tasks);
    }

    /// <summary>Ends the threads. No job may be running; a second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stopping, true))
            return;
        Interlocked.Increment(ref _generation);
        for (var i = 0; i < _workers.Length; i++)
        {
            _wake[i].Release();
            _workers[i].Join();
            _wake[i].Dispose();
        }
    }

    private bool TryEnter(int tasks)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _stopping), this);
        return Threads > 1 && tasks > 1 && !t_inside && Interlocked.CompareExchange(ref _busy, 1, 0) == 0;
    }

    private void Share(delegate*<void*, int, int, void> body, void* state, int tasks)
    {
        _body = body;
        _state = state;
        _tasks = tasks;
        _failure = null;
        Volatile.Write(ref _running, _workers.Length);
        Interlocked.Increment(ref _generation); // publishes the fields above
        for (var i = 0; i < _workers.Length; i++)
        {
            if (Interlocked.Exchange(ref _parked[i], 0) == 1)
                _wake[i].Release();
        }

        DoShare(0);
        var spin = new SpinWait();
        for (var spins = 0; Volatile.Read(ref _running) > 0; spins++)
        {
            if (spins < SpinsBeforeParking)
                Thread.SpinWait(8);
            else
                spin.SpinOnce(sleep1Threshold: -1); // yields the core: with more lanes than cores a worker may need it
        }

        var failure = _failure;
        _work = null;
        Volatile.Write(ref _busy, 0);
        failure?.Throw();
    }

    private void DoShare(int lane)
    {
        t_inside = true;
        var from = (int)((long)_tasks * lane / Threads);
        var to = (int)((long)_tasks * (lane + 1) / Threads);
        try
        {
            if (_work is { } work)
            {
                for (var i = from; i < to; i++)
                    work.Run(i, lane);
            }
            else if (to > from)
            {
                _body(_state, from, to);
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
        finally
        {
            t_inside = false;
        }
    }

    private void Serve(int worker)
    {
        t_lane = worker + 1;
        var seen = 0;
        while (true)
        {
            for (var spins = 0; Volatile.Read(ref _generation) == seen; spins++)
            {
                if (spins < SpinsBeforeParking)
                {
                    Thread.SpinWait(8);
                    continue;
                }

                // Park: raise the flag, look once more, sleep. Whoever lowers the flag after a new job also releases the semaphore.
                Interlocked.Exchange(ref _parked[worker], 1);
                if (Volatile.Read(ref _generation) == seen || Interlocked.Exchange(ref _parked[worker], 0) == 0)
                    _wake[worker].Wait();
                spins = 0;
            }

            if (Volatile.Read(ref _stopping))
                return;
            seen = Volatile.Read(ref _generation);
            DoShare(worker + 1);
            Interlocked.Decrement(ref _running);
        }
    }
}
