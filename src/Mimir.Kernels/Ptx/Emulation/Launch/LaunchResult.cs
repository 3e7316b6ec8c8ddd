namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What came of a launch.</summary>
/// <param name="Diagnostics">What was found; an error means that the results mean nothing.</param>
/// <param name="Counters">What was counted; null when nothing was asked for.</param>
/// <param name="Instructions">Executed lane instructions.</param>
/// <param name="Seconds">How long the emulation took.</param>
public sealed record LaunchResult(IReadOnlyList<PtxDiagnostic> Diagnostics, KernelCounters? Counters, long Instructions, double Seconds)
{
    /// <summary>Whether no error was found.</summary>
    public bool Succeeded => Diagnostics.All(diagnostic => diagnostic.Severity < PtxSeverity.Error);
}
