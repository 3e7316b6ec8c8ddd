namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Ends a launch.</summary>
/// <param name="finding">The error that ends it, in no worker's log: of several workers' that of the earliest block counts. Null where it is
/// another worker's.</param>
internal sealed class LaunchStoppedException(DiagnosticLog? finding) : Exception
{
    /// <summary>The error that ends the launch.</summary>
    public DiagnosticLog? Finding { get; } = finding;
}
