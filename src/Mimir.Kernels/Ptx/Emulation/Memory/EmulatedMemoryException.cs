namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The host touched memory of the emulated GPU that is not allocated, or freed it twice.</summary>
public sealed class EmulatedMemoryException(string message) : Exception(message);
