using System.Runtime.InteropServices;

namespace Mimir.Kernels.Devices;

/// <summary>Native memory, 64-byte aligned; blocks of 2 MiB and more are aligned to huge pages and ask for them.</summary>
public sealed unsafe partial class HostBuffer : DeviceBuffer
{
    private const nuint CacheLine = 64;
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE

    internal HostBuffer(HostDevice device, long bytes)
        : base(device, bytes)
    {
        var alignment = (nuint)bytes >= HugePage ? HugePage : CacheLine;
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, alignment);
        if (alignment == HugePage && OperatingSystem.IsLinux())
            Advise(Pointer, (nuint)bytes, AdviseHugePages); // a refusal only costs speed
    }

    internal byte* Pointer { get; private set; }

    /// <inheritdoc/>
    public override void Write(long offset, ReadOnlySpan<byte> source) =>
        source.CopyTo(new Span<byte>(Address(offset, source.Length), source.Length));

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination) =>
        new ReadOnlySpan<byte>(Address(offset, destination.Length), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public override void Clear(long offset, long bytes) => NativeMemory.Clear(Address(offset, bytes), (nuint)bytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Pointer is null)
            return;
        ((HostDevice)Device).Freed(Bytes);
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }

    private byte* Address(long offset, long bytes)
    {
        ObjectDisposedException.ThrowIf(Pointer is null, this);
        if (offset < 0 || bytes < 0 || offset + bytes > Bytes)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset}..{offset + bytes} of a buffer of {Bytes}");
        return Pointer + offset;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
