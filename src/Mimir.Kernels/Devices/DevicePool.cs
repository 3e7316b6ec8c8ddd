using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>Memory of a device. Blocks that are given back are kept by size and given out again, in the order of the stream, so that a steady
/// step makes no call and meets the same addresses. A driver that watches accesses gets every block as an allocation of its own.</summary>
internal sealed class DevicePool : IDisposable
{
    private const long Granule = 512;
    private readonly Lock _lock = new();
    private readonly PtxContext _context;
    private readonly IMemoryReports? _reports;
    private readonly nint _driverPool;
    private readonly Dictionary<long, Stack<ulong>> _free = [];

    /// <summary>Prepares the driver's own pool to keep what it has.</summary>
    public DevicePool(PtxContext context)
    {
        _context = context;
        _reports = context.Driver as IMemoryReports;
        if (context.Ask(DeviceAttribute.MemoryPoolsSupported) == 0
            || context.Driver.DeviceGetDefaultMemPool(out _driverPool, context.Device) != DriverResult.Success)
        {
            _driverPool = 0;
            return;
        }

        context.Require(
            context.Driver.MemPoolSetAttribute(_driverPool, MemoryPoolAttribute.ReleaseThreshold, ulong.MaxValue), "cuMemPoolSetAttribute");
    }

    /// <summary>A block of at least <paramref name="bytes"/> bytes, content undefined.</summary>
    /// <exception cref="OutOfMemoryException">The device has no room, even without the blocks that are kept.</exception>
    public ulong Take(long bytes, string name)
    {
        lock (_lock)
        {
            _context.Enter();
            if (_reports is null)
            {
                bytes = RoundUp(bytes);
                if (_free.TryGetValue(bytes, out var kept) && kept.TryPop(out var block))
                    return block;
            }

            var address = AllocateOrTrim(bytes);
            _reports?.Name(address, name);
            return address;
        }
    }

    /// <summary>Takes a block back; work that was started before may still use it.</summary>
    public void Give(ulong address, long bytes)
    {
        lock (_lock)
        {
            if (_reports is not null)
            {
                Free(address);
                return;
            }

            bytes = RoundUp(bytes);
            if (!_free.TryGetValue(bytes, out var kept))
                _free[bytes] = kept = [];
            kept.Push(address);
        }
    }

    /// <summary>Gives kept blocks back to the driver, which gives all memory of a device back with its context.</summary>
    public void Dispose() => Trim();

    private static long RoundUp(long bytes) => (bytes + Granule - 1) / Granule * Granule;

    private ulong AllocateOrTrim(long bytes)
    {
        var result = Allocate(bytes, out var address);
        if (result == DriverResult.OutOfMemory)
        {
            Trim();
            result = Allocate(bytes, out address);
        }

        if (result == DriverResult.OutOfMemory)
        {
            _ = _context.Driver.MemGetInfo(out var free, out var total);
            throw new OutOfMemoryException($"{bytes} bytes more do not fit on {_context.Id} ({_context.Name}): {free} of {total} bytes are free");
        }

        _context.Require(result, "cuMemAlloc");
        return address;
    }

    private DriverResult Allocate(long bytes, out ulong address) => _driverPool != 0
        ? _context.Driver.MemAllocAsync(out address, (nuint)bytes, _context.Stream)
        : _context.Driver.MemAlloc(out address, (nuint)bytes);

    /// <summary>Freeing happens while exceptions unwind and after a lost context too, so its failure is not one more exception.</summary>
    private void Free(ulong address)
    {
        _context.EnterQuietly();
        _ = _driverPool != 0 ? _context.Driver.MemFreeAsync(address, _context.Stream) : _context.Driver.MemFree(address);
    }

    private void Trim()
    {
        foreach (var kept in _free.Values)
        {
            while (kept.TryPop(out var address))
                Free(address);
        }

        if (_driverPool != 0)
        {
            _ = _context.Driver.StreamSynchronize(_context.Stream);
            _ = _context.Driver.MemPoolTrimTo(_driverPool, 0);
        }
    }
}
