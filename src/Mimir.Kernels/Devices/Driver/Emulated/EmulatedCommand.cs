namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>One piece of work in a stream.</summary>
/// <param name="Form">What must be equal for a graph's node to be updated: the kind, and a kernel's name.</param>
/// <param name="Run">Does it; the arguments are copies.</param>
internal readonly record struct EmulatedCommand(string Form, Func<DriverResult> Run);
