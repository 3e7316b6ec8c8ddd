namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Ends a launch whose error is in the log already.</summary>
internal sealed class LaunchStoppedException : Exception;
