namespace Mimir.Kernels.Devices;

/// <summary>A kernel or operation was given arrays whose sizes do not fit together.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);
