using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Devices;

/// <summary>A contiguous run of elements inside a <see cref="DeviceBuffer"/>; <c>default</c> is the empty span, which a
/// kernel entry takes for "not wanted" where its documentation says so.</summary>
/// <typeparam name="T">The element type.</typeparam>
public readonly struct DeviceSpan<T> where T : unmanaged
{
    private readonly DeviceBuffer? _buffer;

    /// <summary>Views <paramref name="length"/> elements from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the buffer.</exception>
    public DeviceSpan(DeviceBuffer buffer, long offset, long length)
    {
        if (offset < 0 || length < 0 || (offset + length) * Unsafe.SizeOf<T>() > buffer.Bytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), $"elements {offset}..{offset + length} of {Unsafe.SizeOf<T>()} bytes leave a buffer of {buffer.Bytes} bytes");
        }

        _buffer = buffer;
        Offset = offset;
        Length = length;
    }

    /// <summary>The memory behind the span.</summary>
    public DeviceBuffer Buffer => _buffer ?? throw new InvalidOperationException("the empty span has no buffer");

    /// <summary>The device of that memory.</summary>
    public Device Device => Buffer.Device;

    /// <summary>First element, counted in elements from the start of the buffer.</summary>
    public long Offset { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Part of this span.</summary>
    public DeviceSpan<T> Slice(long start, long length)
    {
        if (start < 0 || length < 0 || start + length > Length)
            throw new ArgumentOutOfRangeException(nameof(start), $"slice {start}..{start + length} of a span of {Length} elements");
        return length == 0 && _buffer is null ? default : new DeviceSpan<T>(Buffer, Offset + start, length);
    }

    /// <summary>The same bytes as another element type of the same size.</summary>
    public DeviceSpan<TOther> Cast<TOther>() where TOther : unmanaged =>
        Unsafe.SizeOf<T>() == Unsafe.SizeOf<TOther>()
            ? new DeviceSpan<TOther>(Buffer, Offset, Length)
            : throw new InvalidOperationException($"a span of {typeof(T).Name} cannot be seen as {typeof(TOther).Name}");

    /// <summary>Copies host elements in; lengths must be equal.</summary>
    public void CopyFrom(ReadOnlySpan<T> source)
    {
        if (source.Length != Length)
            throw new ArgumentException($"{source.Length} elements do not fill a span of {Length}", nameof(source));
        if (Length > 0)
            Buffer.Write(Offset * Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(source));
    }

    /// <summary>Copies all elements out; lengths must be equal.</summary>
    public void CopyTo(Span<T> destination)
    {
        if (destination.Length != Length)
            throw new ArgumentException($"a span of {Length} elements does not fill {destination.Length}", nameof(destination));
        if (Length > 0)
            Buffer.Read(Offset * Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(destination));
    }

    /// <summary>All elements, copied to a new array on the host.</summary>
    public T[] ToArray()
    {
        var result = new T[Length];
        CopyTo(result);
        return result;
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear()
    {
        if (Length > 0)
            Buffer.Clear(Offset * Unsafe.SizeOf<T>(), Length * Unsafe.SizeOf<T>());
    }

    /// <summary>Says that the content means nothing any more; see <see cref="DeviceBuffer.Forget"/>.</summary>
    public void Forget()
    {
        if (Length > 0)
            Buffer.Forget(Offset * Unsafe.SizeOf<T>(), Length * Unsafe.SizeOf<T>());
    }

    /// <summary>Whether the memory is the host's, so that <see cref="AsSpan"/> sees it.</summary>
    public bool IsOnHost => _buffer is null or HostBuffer;

    /// <summary>The elements in place, for host memory.</summary>
    /// <exception cref="InvalidOperationException">The span lies on another device, or is longer than a managed span can be.</exception>
    public unsafe Span<T> AsSpan() => IsEmpty ? default : new Span<T>(Host, checked((int)Length));

    /// <summary>The address of the first element in host memory; null for the empty span.</summary>
    internal unsafe T* Host
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _buffer switch
        {
            null => null,
            HostBuffer host => (T*)host.Pointer + Offset,
            _ => throw new InvalidOperationException($"the memory is on {_buffer.Device.Id}, not on cpu"),
        };
    }

    /// <summary>The address of the first element in a GPU's memory; 0 for the empty span.</summary>
    internal ulong DeviceAddress => IsEmpty ? 0 : Buffer switch
    {
        PtxBuffer gpu => gpu.Address + (ulong)(Offset * Unsafe.SizeOf<T>()),
        var other => throw new InvalidOperationException($"the memory is on {other.Device.Id}, not on a GPU"),
    };

    /// <summary>Whether the first element's address on a GPU is a multiple of <paramref name="bytes"/>, so that accesses of that size may
    /// start there; true for the empty span.</summary>
    internal bool IsAlignedTo(uint bytes) => DeviceAddress % bytes == 0;
}
