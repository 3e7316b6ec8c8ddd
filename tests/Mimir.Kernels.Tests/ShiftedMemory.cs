using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>Arrays of one test on one device, each beginning a number of elements behind the start of its buffer, which is a multiple of
/// every vector's size.</summary>
internal sealed class ShiftedMemory(Device device, int shift) : IDisposable
{
    private readonly List<DeviceBuffer> _buffers = [];

    /// <summary>The device.</summary>
    public Device Device => device;

    /// <summary>A copy of values.</summary>
    public DeviceSpan<T> Place<T>(T[] values) where T : unmanaged
    {
        var span = Empty<T>(values.Length);
        span.CopyFrom(values);
        return span;
    }

    /// <summary>Memory that nobody wrote to.</summary>
    public DeviceSpan<T> Empty<T>(long count) where T : unmanaged
    {
        var whole = device.Allocate<T>(count + shift);
        _buffers.Add(whole.Buffer);
        return whole.Slice(shift, count);
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
}
