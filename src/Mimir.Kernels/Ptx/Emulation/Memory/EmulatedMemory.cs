using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>The global memory of one emulated GPU: allocations at high addresses with unmapped guards between them. Addresses are never given
/// twice, so that a use after the free is always seen. Safe to use from several threads.</summary>
public sealed unsafe class EmulatedMemory : IDisposable
{
    private const ulong Alignment = 512;
    private const ulong Guard = 1 << 20;
    private const int RememberedFrees = 4096;

    private readonly Lock _lock = new();
    private readonly bool _tracksWrites;
    private readonly Queue<Allocation> _freed = new();
    private Allocation[] _live = [];
    private ulong _next = AddressWindows.Global;

    /// <summary>An empty memory.</summary>
    /// <param name="checks">Bytes are tracked as written or not when initialisation or outputs are checked.</param>
    public EmulatedMemory(EmulatorChecks checks = EmulatorChecks.None) =>
        _tracksWrites = (checks & (EmulatorChecks.Initialisation | EmulatorChecks.Outputs)) != 0;

    /// <summary>Live allocations in the order of their addresses.</summary>
    internal IReadOnlyList<Allocation> Live => Volatile.Read(ref _live);

    /// <summary>Bytes in live allocations.</summary>
    public long BytesInUse { get; private set; }

    /// <summary>Makes an allocation with uninitialised content.</summary>
    /// <param name="bytes">Its size, at least 1.</param>
    /// <param name="name">For messages.</param>
    /// <returns>Its device address, a multiple of 512.</returns>
    public ulong Allocate(long bytes, string name) => Allocate(bytes, name, isConstant: false).Address;

    /// <summary>Frees an allocation.</summary>
    /// <exception cref="EmulatedMemoryException">No live allocation begins there.</exception>
    public void Free(ulong address)
    {
        lock (_lock)
        {
            var index = IndexOf(_live, address);
            if (index < 0 || _live[index].Address != address)
                throw new EmulatedMemoryException($"free of 0x{address:x}: no live allocation begins there; it is {Describe(address)}");
            var allocation = _live[index];
            Volatile.Write(ref _live, [.. _live.AsSpan(0, index), .. _live.AsSpan(index + 1)]);
            BytesInUse -= allocation.Bytes;
            allocation.Release();
            _freed.Enqueue(allocation);
            if (_freed.Count > RememberedFrees)
                _freed.Dequeue();
        }
    }

    /// <summary>Copies from the host.</summary>
    /// <exception cref="EmulatedMemoryException">The range does not lie in one live allocation.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
            return;
        var (allocation, offset) = Range(address, source.Length, "write");
        source.CopyTo(new Span<byte>(allocation.Host + offset, source.Length));
        allocation.MarkWritten(offset, source.Length);
    }

    /// <summary>Copies to the host.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void Read(ulong address, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        var (allocation, offset) = Range(address, destination.Length, "read");
        new ReadOnlySpan<byte>(allocation.Host + offset, destination.Length).CopyTo(destination);
    }

    /// <summary>Sets bytes.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void Fill(ulong address, long bytes, byte value)
    {
        if (bytes == 0)
            return;
        var (allocation, offset) = Range(address, bytes, "fill");
        NativeMemory.Fill(allocation.Host + offset, (nuint)bytes, value);
        allocation.MarkWritten(offset, bytes);
    }

    /// <summary>Copies inside the memory; the written marks are copied with the bytes.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void Copy(ulong destination, ulong source, long bytes)
    {
        if (bytes == 0)
            return;
        var (from, fromOffset) = Range(source, bytes, "copy");
        var (to, toOffset) = Range(destination, bytes, "copy");
        Buffer.MemoryCopy(from.Host + fromOffset, to.Host + toOffset, bytes, bytes);
        to.MarkWritten(toOffset, bytes);
        if (_tracksWrites && !from.IsWritten(fromOffset, bytes))
        {
            for (var i = 0L; i < bytes; i++)
            {
                if (!from.IsWritten(fromOffset + i, 1))
                    to.MarkUnwritten(toOffset + i, 1);
            }
        }
    }

    /// <summary>The live allocation that an address lies in; null where there is none.</summary>
    public Allocation? Find(ulong address)
    {
        var live = Volatile.Read(ref _live);
        var index = IndexOf(live, address);
        return index >= 0 && address - live[index].Address < (ulong)live[index].Bytes ? live[index] : null;
    }

    /// <summary>Takes bytes as written from now on.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void MarkWritten(ulong address, long bytes)
    {
        var (allocation, offset) = Range(address, bytes, "mark");
        allocation.MarkWritten(offset, bytes);
    }

    /// <summary>Takes bytes as never written from now on.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void MarkUnwritten(ulong address, long bytes)
    {
        var (allocation, offset) = Range(address, bytes, "mark");
        allocation.MarkUnwritten(offset, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var allocation in _live)
                allocation.Release();
            Volatile.Write(ref _live, []);
            BytesInUse = 0;
        }
    }

    internal Allocation Allocate(long bytes, string name, bool isConstant)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        lock (_lock)
        {
            var allocation = new Allocation(name, _next, bytes, _tracksWrites) { IsConstant = isConstant };
            _next = (_next + (ulong)bytes + Guard + Alignment - 1) / Alignment * Alignment;
            Volatile.Write(ref _live, [.. _live, allocation]);
            BytesInUse += bytes;
            return allocation;
        }
    }

    /// <summary>The freed allocation that an address lay in; null where none is remembered.</summary>
    internal Allocation? FindFreed(ulong address)
    {
        lock (_lock)
            return _freed.FirstOrDefault(freed => freed.Contains(address, 1));
    }

    /// <summary>Where an address lies, in words: inside an allocation, behind or before the nearest one, in one that was freed.</summary>
    internal string Describe(ulong address)
    {
        lock (_lock)
        {
            if (Find(address) is { } inside)
                return $"at offset {address - inside.Address} of '{inside.Name}' ({inside.Bytes} bytes)";
            if (FindFreed(address) is { } gone)
                return $"at offset {address - gone.Address} of '{gone.Name}' ({gone.Bytes} bytes), which was freed";
            if (address < AddressWindows.Global - Guard)
                return address < 0x1_0000 ? "near the null pointer" : "below every allocation";
            if (Nearest(address) is not { } near)
                return "outside every allocation";
            return near.Address > address
                ? $"{near.Address - address} bytes before '{near.Name}' ({near.Bytes} bytes)"
                : $"{address - (near.Address + (ulong)near.Bytes)} bytes behind '{near.Name}' ({near.Bytes} bytes)";
        }
    }

    /// <summary>The allocation that an access outside of all most likely meant: the nearest; null where there is none, or for a pointer near null.</summary>
    internal Allocation? Nearest(ulong address)
    {
        lock (_lock)
        {
            if (address < AddressWindows.Global - Guard)
                return null;
            var index = IndexOf(_live, address);
            var before = index >= 0 ? _live[index] : null;
            var after = index + 1 < _live.Length ? _live[index + 1] : null;
            var behind = before is null ? ulong.MaxValue : address - (before.Address + (ulong)before.Bytes);
            return after is not null && after.Address - address < behind ? after : before;
        }
    }

    /// <summary>The last allocation that begins at or before an address; −1 where there is none.</summary>
    private static int IndexOf(Allocation[] live, ulong address)
    {
        var (low, high) = (0, live.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (live[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    private (Allocation Allocation, long Offset) Range(ulong address, long bytes, string what)
    {
        if (Find(address) is { } allocation && allocation.Contains(address, bytes))
            return (allocation, (long)(address - allocation.Address));
        throw new EmulatedMemoryException($"{what} of {bytes} bytes at 0x{address:x}, {Describe(address)}: outside");
    }
}
