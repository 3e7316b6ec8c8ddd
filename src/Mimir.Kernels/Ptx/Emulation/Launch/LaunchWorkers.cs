namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The threads that work on the blocks of one launch. Each takes the next block in the schedule's order until none is left.</summary>
internal sealed class LaunchWorkers : IDisposable
{
    private readonly BlockRunner[] _runners;
    private readonly GridOrder _order;
    private readonly LaunchContext _context;
    private long _next;
    private readonly Lock _stopLock = new();
    private long _stoppedAt = long.MaxValue; // number of the earliest block that ended the launch
    private DiagnosticLog? _end;

    public LaunchWorkers(CompiledKernel kernel, LaunchContext context, ReadOnlySpan<byte> parameters)
    {
        _context = context;
        _order = new GridOrder(context);
        var threads = context.Options.Threads > 0 ? context.Options.Threads : Environment.ProcessorCount;
        _runners = new BlockRunner[(int)Math.Min(threads, context.Grid.Count)];
        var progress = new Progress();
        for (var n = 0; n < _runners.Length; n++)
            _runners[n] = new BlockRunner(kernel, context, parameters, progress);
    }

    /// <summary>The monitors of the workers.</summary>
    public IEnumerable<BlockMonitor> Monitors => _runners.Select(runner => runner.Monitor).OfType<BlockMonitor>();

    /// <summary>What the workers found, and the error that ended the launch.</summary>
    public IEnumerable<DiagnosticLog> Logs => _end is null ? _runners.Select(runner => runner.Log) : _runners.Select(runner => runner.Log).Append(_end);

    /// <summary>How often each of the kernel's instructions was executed.</summary>
    public InstructionCount[] Executed()
    {
        var executed = new InstructionCount[_context.Instructions.Count];
        foreach (var runner in _runners)
        {
            foreach (ref readonly var instruction in runner.Counts)
            {
                if (!instruction.IsPart)
                    executed[instruction.Index] += new InstructionCount(instruction.WarpCount, instruction.LaneCount);
            }
        }
        return executed;
    }

    /// <summary>Runs all blocks, or until one of them does what ends a launch.</summary>
    public void Run()
    {
        if (_runners.Length == 1)
            Work(_runners[0]);
        else
            Parallel.For(0, _runners.Length, new ParallelOptions { MaxDegreeOfParallelism = _runners.Length }, n => Work(_runners[n]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var runner in _runners)
            runner.Dispose();
    }

    private void Work(BlockRunner runner)
    {
        var number = 0L;
        try
        {
            for (;;)
            {
                number = Interlocked.Increment(ref _next) - 1;
                if (number >= _context.Grid.Count || number > Interlocked.Read(ref _stoppedAt))
                    return;
                runner.Run(_context.BlockOf(_order.At(number)));
            }
        }
        catch (LaunchStoppedException stop)
        {
            lock (_stopLock)
            {
                // Every earlier block runs to its end, so one worker alone would have stopped at the earliest of these.
                if (stop.Finding is not null && number < _stoppedAt)
                {
                    _end = stop.Finding;
                    Interlocked.Exchange(ref _stoppedAt, number);
                }
            }
        }
    }
}
