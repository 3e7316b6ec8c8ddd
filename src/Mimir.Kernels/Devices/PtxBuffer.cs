namespace Mimir.Kernels.Devices;

/// <summary>A block of a GPU's memory.</summary>
public sealed class PtxBuffer : DeviceBuffer
{
    internal PtxBuffer(PtxDevice device, long bytes, ulong address)
        : base(device, bytes) => Address = address;

    /// <summary>Where it lies in the GPU's memory; 0 once it is disposed.</summary>
    internal ulong Address { get; private set; }

    /// <inheritdoc/>
    public override void Write(long offset, ReadOnlySpan<byte> source) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Clear(long offset, long bytes) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => Address = 0;
}
