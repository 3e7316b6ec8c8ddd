using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Devices;

/// <summary>Memory that the launches of one call pass to each other. It stays between calls, one block a slot, so that a warm call
/// allocates nothing. Launches run one after the other in the device's stream, so calls may share a slot; within a call a slot is
/// one array.</summary>
internal sealed class PtxScratch(PtxDevice device) : IDisposable
{
    private readonly Dictionary<(PtxScratchSlot Slot, long Bytes), DeviceBuffer> _blocks = [];

    /// <summary>Room for <paramref name="count"/> elements, content undefined; valid until the slot is asked for again.</summary>
    public DeviceSpan<T> Of<T>(PtxScratchSlot slot, long count) where T : unmanaged
    {
        var bytes = Math.Max(1, count) * Unsafe.SizeOf<T>();
        var key = (slot, device.Emulator is null ? 0 : bytes); // the emulator sees only the end of a block, so there each size has its own
        if (!_blocks.TryGetValue(key, out var block) || block.Bytes < bytes)
        {
            block?.Dispose();
            _blocks[key] = block = device.Allocate(bytes, $"scratch {slot}");
        }

        block.Forget(0, bytes);
        return new DeviceSpan<T>(block, 0, count);
    }

    /// <summary>Frees the blocks.</summary>
    public void Dispose()
    {
        foreach (var block in _blocks.Values)
            block.Dispose();
        _blocks.Clear();
    }
}

/// <summary>Who uses a block of <see cref="PtxScratch"/>.</summary>
internal enum PtxScratchSlot
{
    /// <summary>What one launch of a call leaves for the next: partial sums, mostly.</summary>
    Partials,

    /// <summary>The few bytes that a call reads back to the host.</summary>
    Results,

    /// <summary>A table that a call uploads for its launch.</summary>
    Table,
}
