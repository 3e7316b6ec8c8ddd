using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Devices.Driver;

/// <summary>The entry points of the CUDA driver that are used, under their names without <c>cu</c> and version suffix. Two implementations:
/// the NVIDIA driver and the emulator. Nothing throws; every call returns the driver's code. Handles are opaque; device addresses have
/// 64 bits; a failed launch of an earlier call may be reported by any later one.</summary>
public unsafe interface IDriver : IDisposable
{
}
