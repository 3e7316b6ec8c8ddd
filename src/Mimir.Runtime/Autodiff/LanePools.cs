using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Runtime.Autodiff;

/// <summary>Memory for intermediates, used again and again: one pool of free blocks a lane of the thread team, each touched by its lane
/// alone. The block given back last is handed out first, while it is still in that core's cache. Where the device prefers no slabs, each
/// block is an allocation of its own, and what is given back counts as never written.</summary>
public sealed class LanePools : IDisposable
{
    private const int Alignment = 16; // floats: one cache line
    private const long SlabFloats = 2 << 20; // 8 MiB

    private readonly Device _device;
    private readonly Dictionary<long, Stack<DeviceSpan<float>>>[] _free;
    private readonly DeviceSpan<float>[] _slabs;
    private readonly List<DeviceBuffer> _owned = [];

    /// <summary>Empty pools on a device.</summary>
    /// <param name="device">Where the memory lies.</param>
    /// <param name="lanes">Number of lanes that will rent.</param>
    public LanePools(Device device, int lanes)
    {
        _device = device;
        _free = new Dictionary<long, Stack<DeviceSpan<float>>>[lanes];
        for (var i = 0; i < lanes; i++)
            _free[i] = [];
        _slabs = new DeviceSpan<float>[lanes];
    }

    /// <summary>Bytes allocated so far, in use or free.</summary>
    public long Bytes { get; private set; }

    /// <summary>Room for <paramref name="count"/> floats, content undefined.</summary>
    public DeviceSpan<float> Rent(long count)
    {
        var mine = _free[ThreadTeam.CurrentLane];
        if (mine.TryGetValue(count, out var blocks) && blocks.TryPop(out var block))
            return block;
        return Cut(ref _slabs[ThreadTeam.CurrentLane], count);
    }

    /// <summary>Gives a rented block back.</summary>
    public void Return(DeviceSpan<float> block)
    {
        var mine = _free[ThreadTeam.CurrentLane];
        if (!mine.TryGetValue(block.Length, out var blocks))
            mine[block.Length] = blocks = new Stack<DeviceSpan<float>>();
        blocks.Push(block);
        block.Forget();
    }

    // New blocks are cut from slabs that are large enough for huge pages.
    private DeviceSpan<float> Cut(ref DeviceSpan<float> slab, long count)
    {
        if (!_device.PrefersSlabs)
            return Own(count);
        var taken = (count + Alignment - 1) / Alignment * Alignment;
        if (slab.Length < taken)
        {
            var size = Math.Max(taken, SlabFloats);
            var fresh = Own(size);
            if (size - taken < slab.Length)
                return fresh.Slice(0, count); // what is left of the old slab is more
            slab = fresh;
        }

        var block = slab.Slice(0, count);
        slab = slab.Slice(taken, slab.Length - taken);
        return block;
    }

    private DeviceSpan<float> Own(long count)
    {
        lock (_owned)
        {
            var fresh = _device.Allocate<float>(count, "intermediate");
            _owned.Add(fresh.Buffer);
            Bytes += fresh.Buffer.Bytes;
            return fresh;
        }
    }

    /// <summary>Frees all memory; nothing rented may be used any more.</summary>
    public void Dispose()
    {
        foreach (var buffer in _owned)
            buffer.Dispose();
        _owned.Clear();
        foreach (var pool in _free)
            pool.Clear();
    }
}
