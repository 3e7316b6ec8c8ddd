using System.Diagnostics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>Brackets one kernel call for the device's <see cref="IKernelListener"/>: <c>using var scope = KernelScope.Enter(…)</c>.</summary>
internal readonly ref struct KernelScope
{
    private readonly IKernelListener? _listener;
    private readonly string _kernel;
    private readonly double _flops;
    private readonly double _bytes;
    private readonly long _start;

    private KernelScope(IKernelListener? listener, string kernel, double flops, double bytes)
    {
        _listener = listener;
        _kernel = kernel;
        _flops = flops;
        _bytes = bytes;
        _start = listener is null ? 0 : Stopwatch.GetTimestamp();
    }

    /// <summary>Starts the clock if anybody listens.</summary>
    public static KernelScope Enter(Device device, string kernel, double flops, double bytes) => new(device.Listener, kernel, flops, bytes);

    /// <summary>Reports the call.</summary>
    public void Dispose() => _listener?.OnKernel(_kernel, _flops, _bytes, _start, Stopwatch.GetTimestamp(), ThreadTeam.CurrentLane);
}
