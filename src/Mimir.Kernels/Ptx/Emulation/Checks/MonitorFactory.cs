namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What the monitors of a launch found.</summary>
internal sealed record MonitorFindings(IReadOnlyList<PtxDiagnostic> Diagnostics, KernelCounters? Counters);

/// <summary>Makes and merges the monitors that the options ask for.</summary>
internal static class MonitorFactory
{
    /// <summary>A monitor for one worker of a launch; null when nothing is checked or counted. Safe to call from any thread.</summary>
    /// <param name="options">What to check, and whether to count.</param>
    /// <param name="context">The launch, the same for all workers.</param>
    public static BlockMonitor? For(EmulatorOptions options, LaunchContext context) => null;

    /// <summary>Merges what the workers of a launch found, after all have ended their blocks.</summary>
    /// <param name="options">As given to <see cref="For"/>.</param>
    /// <param name="context">As given to <see cref="For"/>.</param>
    /// <param name="monitors">What <see cref="For"/> gave.</param>
    /// <param name="logs">What the interpreter itself found.</param>
    public static MonitorFindings Collect(
        EmulatorOptions options, LaunchContext context, IEnumerable<BlockMonitor> monitors, IEnumerable<DiagnosticLog> logs) =>
        new(DiagnosticLog.Merge(logs), null);
}
