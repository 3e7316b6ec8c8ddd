using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>Device memory of any element type between two runs of sentinel bytes.</summary>
internal sealed class GuardedArray<T> : IDisposable where T : unmanaged
{
    private const byte Sentinel = 0xA5;
    private const int Guard = 32;
    private readonly DeviceSpan<T> _whole;

    public GuardedArray(HostDevice device, T[] values)
        : this(device, values.Length) => Span.CopyFrom(values);

    public GuardedArray(HostDevice device, int count)
    {
        _whole = device.Allocate<T>(count + 2 * Guard);
        MemoryMarshal.AsBytes(_whole.AsSpan()).Fill(Sentinel);
        Span = _whole.Slice(Guard, count);
    }

    /// <summary>The memory under test.</summary>
    public DeviceSpan<T> Span { get; }

    public static implicit operator DeviceSpan<T>(GuardedArray<T> guarded) => guarded.Span;

    /// <summary>The values, after a check that no sentinel was touched.</summary>
    public T[] Values()
    {
        var all = _whole.ToArray();
        Assert.That(IsUntouched(all.AsSpan(0, Guard)), Is.True, "write before the span");
        Assert.That(IsUntouched(all.AsSpan(all.Length - Guard)), Is.True, "write behind the span");
        return Span.ToArray();
    }

    private static bool IsUntouched(Span<T> guard) => MemoryMarshal.AsBytes(guard).IndexOfAnyExcept(Sentinel) < 0;

    public void Dispose() => _whole.Buffer.Dispose();
}
