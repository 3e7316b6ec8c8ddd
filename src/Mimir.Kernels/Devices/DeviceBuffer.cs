namespace Mimir.Kernels.Devices;

/// <summary>A block of memory on one device. The owner disposes it; there is no finalizer to lean on.</summary>
public abstract class DeviceBuffer(Device device, long bytes) : IDisposable
{
    /// <summary>Where the memory lies.</summary>
    public Device Device { get; } = device;

    /// <summary>Its size in bytes.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Copies host bytes in at <paramref name="offset"/>.</summary>
    public abstract void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Copies bytes from <paramref name="offset"/> out to the host.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>Sets a range of bytes to zero.</summary>
    public abstract void Clear(long offset, long bytes);

    /// <summary>Says that a range's content means nothing any more. The emulator then reports who reads it before it is written again.</summary>
    public virtual void Forget(long offset, long bytes)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
