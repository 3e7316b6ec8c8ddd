namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What the monitors of a launch found.</summary>
internal sealed record MonitorFindings(IReadOnlyList<PtxDiagnostic> Diagnostics, KernelCounters? Counters);

/// <summary>Makes and merges the monitors that the options ask for.</summary>
internal static class MonitorFactory
{
    /// <summary>A monitor for one worker of a launch; null when nothing is checked or counted. Safe to call from any thread.</summary>
    /// <param name="context">The launch, the same for all workers.</param>
    public static BlockMonitor? For(LaunchContext context) =>
        context.Options.Counters || (context.Options.Checks & (EmulatorChecks.Initialisation | EmulatorChecks.Race | EmulatorChecks.Outputs)) != 0
            ? new LaunchMonitor(context)
            : null;

    /// <summary>Merges what the workers of a launch found, after all have ended their blocks, and frees what they held.</summary>
    /// <param name="context">As given to <see cref="For"/>.</param>
    /// <param name="monitors">What <see cref="For"/> gave.</param>
    /// <param name="logs">What the interpreter itself found.</param>
    /// <param name="executed">How often each of <see cref="LaunchContext.Instructions"/> was executed.</param>
    public static MonitorFindings Collect(
        LaunchContext context, IEnumerable<BlockMonitor> monitors, IEnumerable<DiagnosticLog> logs, ReadOnlySpan<InstructionCount> executed)
    {
        var workers = monitors.Cast<LaunchMonitor>().ToList();
        var between = new DiagnosticLog(context);
        if (context.HasRecords)
            new GridRaceReport(context, context.Records, between).Write();
        var diagnostics = DiagnosticLog.Merge(logs.Concat(workers.Select(worker => worker.Log)).Append(between));
        var counts = workers.Select(worker => worker.Counts).OfType<LaunchCounts>().ToList();
        foreach (var others in counts.Skip(1))
            counts[0].Add(others);
        workers.ForEach(worker => worker.Dispose());
        context.Dispose();
        return new MonitorFindings(diagnostics, counts.FirstOrDefault()?.ToCounters(executed));
    }
}
