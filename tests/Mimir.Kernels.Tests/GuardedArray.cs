using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>Device memory of any element type between two runs of sentinel bytes. The emulator's memory has no sentinels: each array is an
/// allocation of its own, and the emulator reports every access outside it.</summary>
internal class GuardedArray<T> : IDisposable where T : unmanaged
{
    private const byte Sentinel = 0xC6; // as float32 -25443.4: nothing that a sum would hide
    private const int Guard = 32;
    private readonly DeviceSpan<T> _whole;
    private readonly int _guard;

    public GuardedArray(Device device, T[] values, string name = "values")
        : this(device, values.Length, name) => Span.CopyFrom(values);

    public GuardedArray(Device device, int count, string name = "empty")
    {
        _guard = device.Id.Kind == DeviceKind.Emulator ? 0 : Guard;
        _whole = device.Allocate<T>(count + 2 * _guard, name);
        Span = _whole.Slice(_guard, count);
        if (_guard == 0)
            return;
        var sentinels = new T[_whole.Length];
        MemoryMarshal.AsBytes(sentinels.AsSpan()).Fill(Sentinel);
        _whole.CopyFrom(sentinels);
    }

    /// <summary>The memory under test.</summary>
    public DeviceSpan<T> Span { get; }

    public static implicit operator DeviceSpan<T>(GuardedArray<T> guarded) => guarded.Span;

    /// <summary>The values, after a check that no sentinel was touched.</summary>
    public T[] Values()
    {
        if (_guard > 0)
        {
            var all = _whole.ToArray();
            Assert.That(IsUntouched(all.AsSpan(0, _guard)), Is.True, "write before the span");
            Assert.That(IsUntouched(all.AsSpan(all.Length - _guard)), Is.True, "write behind the span");
        }

        return Span.ToArray();
    }

    public void Dispose() => _whole.Buffer.Dispose();

    private static bool IsUntouched(Span<T> guard) => MemoryMarshal.AsBytes(guard).IndexOfAnyExcept(Sentinel) < 0;
}
