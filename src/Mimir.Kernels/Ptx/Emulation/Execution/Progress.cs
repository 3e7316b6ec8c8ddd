namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Tells a launch that gets nowhere: a block that executes a great many instructions while nothing that a thread could wait for changes, in
/// it or in a block beside it. Shared by the runners of a launch.</summary>
internal sealed class Progress
{
    /// <summary>Warp instructions without a change after which a block is taken to wait for nothing: seconds of emulation.</summary>
    private const ulong Patience = 1 << 27;

    /// <summary>How often the runners look, in warp instructions.</summary>
    private const ulong Interval = 1 << 14;

    /// <summary>Warp instructions of one block after which it is taken to be endless, whatever it changes.</summary>
    private const ulong Limit = 1UL << 36;

    private long _changes;

    /// <summary>A block begins.</summary>
    public static void Begin(BlockRunner runner) => runner.Mark = new ProgressMark(runner.Clock, runner.Clock, runner.Changes, 0);

    /// <summary>After a turn of a warp: reports a block that does not get on.</summary>
    public void Check(BlockRunner runner)
    {
        ref var mark = ref runner.Mark;
        if (runner.Clock - mark.Clock < Interval)
            return;
        var elsewhere = Volatile.Read(ref _changes);
        if (runner.Changes != mark.Changes)
            elsewhere = Interlocked.Increment(ref _changes);
        if (runner.Changes != mark.Changes || elsewhere != mark.Elsewhere)
            mark = mark with { Clock = runner.Clock, Changes = runner.Changes, Elsewhere = elsewhere };
        if (runner.Clock - mark.Clock > Patience)
            runner.FailEndless("loops without end: nothing that it could wait for has changed for a long time");
        if (runner.Clock - mark.Start > Limit)
            runner.FailEndless("does not come to its end");
    }
}

/// <summary>Where a block stood when something last changed.</summary>
internal readonly record struct ProgressMark(ulong Start, ulong Clock, long Changes, long Elsewhere);
