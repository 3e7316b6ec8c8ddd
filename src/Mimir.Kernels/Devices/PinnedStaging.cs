using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>Page-locked host memory through which all data goes to and from a device. A write returns when its source is copied here, a few
/// pieces ahead of the device; a read waits for the stream.</summary>
internal sealed unsafe class PinnedStaging : IDisposable
{
    private const int SlotBytes = 1 << 20; // long enough for the link's full rate
    private const int Slots = 4;
    private readonly Lock _lock = new();
    private readonly PtxContext _context;
    private readonly nint[] _events = new nint[Slots];
    private byte* _memory;
    private int _next;

    /// <summary>Allocates the slots.</summary>
    public PinnedStaging(PtxContext context)
    {
        _context = context;
        context.Require(context.Driver.MemHostAlloc(out var memory, SlotBytes * Slots, 0), "cuMemHostAlloc");
        _memory = (byte*)memory;
        for (var slot = 0; slot < Slots; slot++)
            context.Require(context.Driver.EventCreate(out _events[slot], EventFlags.DisableTiming), "cuEventCreate");
    }

    /// <summary>Copies to the device, behind the work started before.</summary>
    public void Write(ulong destination, ReadOnlySpan<byte> source)
    {
        lock (_lock)
        {
            _context.Enter();
            while (source.Length > 0)
            {
                var piece = source[..Math.Min(SlotBytes, source.Length)];
                var slot = TakeSlot();
                piece.CopyTo(new Span<byte>(AddressOf(slot), SlotBytes));
                _context.Require(
                    _context.Driver.MemcpyHtoDAsync(destination, AddressOf(slot), (nuint)piece.Length, _context.Stream), "cuMemcpyHtoDAsync");
                Mark(slot);
                destination += (ulong)piece.Length;
                source = source[piece.Length..];
            }
        }
    }

    /// <summary>Copies to the host what the work started before leaves.</summary>
    public void Read(ulong source, Span<byte> destination)
    {
        lock (_lock)
        {
            _context.Enter();
            Span<byte> earlier = default;
            var earlierSlot = 0;
            while (destination.Length > 0)
            {
                var piece = destination[..Math.Min(SlotBytes, destination.Length)];
                var slot = TakeSlot();
                _context.Require(
                    _context.Driver.MemcpyDtoHAsync(AddressOf(slot), source, (nuint)piece.Length, _context.Stream), "cuMemcpyDtoHAsync");
                Mark(slot);
                Fetch(earlierSlot, earlier); // while this piece is on its way
                earlier = piece;
                earlierSlot = slot;
                source += (ulong)piece.Length;
                destination = destination[piece.Length..];
            }

            Fetch(earlierSlot, earlier);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slotEvent in _events)
            _ = _context.Driver.EventDestroy(slotEvent);
        if (_memory is not null)
            _ = _context.Driver.MemFreeHost((nint)_memory);
        _memory = null;
    }

    private byte* AddressOf(int slot) => _memory + (nint)slot * SlotBytes;

    private int TakeSlot()
    {
        var slot = _next;
        _next = (slot + 1) % Slots;
        Wait(slot);
        return slot;
    }

    private void Mark(int slot) => _context.Require(_context.Driver.EventRecord(_events[slot], _context.Stream), "cuEventRecord");

    private void Wait(int slot) => _context.Require(_context.Driver.EventSynchronize(_events[slot]), "cuEventSynchronize");

    private void Fetch(int slot, Span<byte> destination)
    {
        if (destination.IsEmpty)
            return;
        Wait(slot);
        new ReadOnlySpan<byte>(AddressOf(slot), destination.Length).CopyTo(destination);
    }
}
