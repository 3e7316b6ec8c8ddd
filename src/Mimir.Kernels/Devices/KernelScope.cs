using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>Brackets one kernel call for the device's <see cref="IKernelListener"/>: <c>using var scope = KernelScope.Enter(…)</c>.</summary>
internal readonly ref struct KernelScope
{
    private readonly IKernelListener? _listener;
    private readonly Device _device;
    private readonly string _kernel;
    private readonly KernelShape _shape;
    private readonly double _flops;
    private readonly double _bytes;
    private readonly long _start;

    private KernelScope(Device device, string kernel, double flops, double bytes, KernelShape shape)
    {
        _listener = device.Listener;
        _device = device;
        _kernel = kernel;
        _shape = shape;
        _flops = flops;
        _bytes = bytes;
        _start = device.EnterKernel(kernel, isTimed: _listener is not null);
    }

    /// <summary>Opens the profilers' range, and starts the clock if anybody listens.</summary>
    public static KernelScope Enter(Device device, string kernel, double flops, double bytes, KernelShape shape) => new(device, kernel, flops, bytes, shape);

    /// <summary>Reports the call, which on a GPU is waited for if somebody listens.</summary>
    public void Dispose()
    {
        var end = _device.LeaveKernel(_start, isTimed: _listener is not null);
        _listener?.OnKernel(new KernelCall(_kernel, _shape, _flops, _bytes, _start, end, ThreadTeam.CurrentLane, _device.LanesOfACall));
    }
}
