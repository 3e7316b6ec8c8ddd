using System.Collections.Concurrent;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Tests;

/// <summary>Counts a device's kernel calls, and adds up what they compute, from its construction until it is disposed.</summary>
internal sealed class KernelCounter : IKernelListener, IDisposable
{
    private readonly ConcurrentDictionary<string, (int Calls, double Flops)> _kernels = [];
    private readonly Device _device;

    public KernelCounter(Device device)
    {
        _device = device;
        device.Listener = this;
    }

    /// <summary>How often a kernel was called.</summary>
    public int Calls(string kernel) => _kernels.GetValueOrDefault(kernel).Calls;

    /// <summary>The operations of all its calls.</summary>
    public double Flops(string kernel) => _kernels.GetValueOrDefault(kernel).Flops;

    /// <summary>All kernels that were called.</summary>
    public IEnumerable<string> Names => _kernels.Keys;

    public void OnKernel(in KernelCall call)
    {
        var flops = call.Flops;
        _kernels.AddOrUpdate(call.Kernel, _ => (1, flops), (_, old) => (old.Calls + 1, old.Flops + flops));
    }

    public void Dispose() => _device.Listener = null;
}
