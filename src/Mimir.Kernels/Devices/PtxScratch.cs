using System.Runtime.CompilerServices;

namespace Mimir.Kernels.Devices;

/// <summary>Memory that the launches of one call pass to each other. It stays between calls, one block a slot, so that a warm call
/// allocates nothing. Launches run one after the other in the device's stream, so calls may share a slot; within a call a slot is
/// one array.</summary>
internal sealed class PtxScratch(PtxDevice device) : IDisposable
{
    private readonly DeviceBuffer?[] _blocks = new DeviceBuffer?[Enum.GetValues<PtxScratchSlot>().Length];

    /// <summary>Room for <paramref name="count"/> elements, content undefined; valid until the slot is asked for again.</summary>
    public DeviceSpan<T> Of<T>(PtxScratchSlot slot, long count) where T : unmanaged
    {
        ref var block = ref _blocks[(int)slot];
        var bytes = Math.Max(1, count) * Unsafe.SizeOf<T>();
        if (block is null || block.Bytes < bytes || (block.Bytes > bytes && device.Emulator is not null)) // the emulator sees only the end of a block
        {
            block?.Dispose();
            block = device.Allocate(bytes, $"scratch {slot}");
        }

        block.Forget(0, bytes);
        return new DeviceSpan<T>(block, 0, count);
    }

    /// <summary>Frees the blocks.</summary>
    public void Dispose()
    {
        foreach (ref var block in _blocks.AsSpan())
        {
            block?.Dispose();
            block = null;
        }
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
