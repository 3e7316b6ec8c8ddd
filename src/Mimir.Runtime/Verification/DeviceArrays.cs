using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Verification;

/// <summary>Arrays on a device that are freed together.</summary>
internal sealed class DeviceArrays(Device device) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>Copies host values to the device.</summary>
    public DeviceSpan<T> Place<T>(T[] values) where T : unmanaged
    {
        var span = Own<T>(values.Length);
        span.CopyFrom(values);
        return span;
    }

    /// <summary>Room for floats, content undefined.</summary>
    public DeviceSpan<float> Empty(long count) => Own<float>(count);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer.Dispose();
    }

    private DeviceSpan<T> Own<T>(long count) where T : unmanaged
    {
        var span = device.Allocate<T>(count);
        _buffers.Add(span.Buffer);
        return span;
    }
}
