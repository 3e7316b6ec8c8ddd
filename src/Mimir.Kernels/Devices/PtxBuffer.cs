namespace Mimir.Kernels.Devices;

/// <summary>A block of a GPU's memory. Copies and clears are ordered with the kernels; only <see cref="Read"/> waits for them.</summary>
public sealed class PtxBuffer : DeviceBuffer
{
    private readonly PtxDevice _device;
    private ulong _address;

    internal PtxBuffer(PtxDevice device, long bytes, ulong address)
        : base(device, bytes) => (_device, _address) = (device, address);

    /// <summary>Where it lies in the GPU's memory.</summary>
    internal ulong Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return _address;
        }
    }

    /// <inheritdoc/>
    public override void Write(long offset, ReadOnlySpan<byte> source) => _device.Write(At(offset, source.Length), source);

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination) => _device.Read(At(offset, destination.Length), destination);

    /// <inheritdoc/>
    public override void Clear(long offset, long bytes) => _device.Clear(At(offset, bytes), bytes);

    /// <inheritdoc/>
    public override void Forget(long offset, long bytes) => _device.Forget(At(offset, bytes), bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_address == 0)
            return;
        _device.Free(_address, Bytes);
        _address = 0;
    }

    private ulong At(long offset, long bytes)
    {
        if (offset < 0 || bytes < 0 || offset + bytes > Bytes)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset}..{offset + bytes} of a buffer of {Bytes}");
        return Address + (ulong)offset;
    }
}
