using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Devices;

/// <summary>The parameter block of a launch: arguments in the order that the entry declares them, each at the next multiple of its size.
/// Lives on the stack; <c>new KernelArguments().Add(x).Add(count)</c>.</summary>
internal ref struct KernelArguments
{
    private const int Capacity = 512;
    private Block _block;

    /// <summary>Bytes used so far.</summary>
    public int Bytes { get; private set; }

    /// <summary>The address of the first element; 0 for the empty span, which stands for "not wanted".</summary>
    [UnscopedRef]
    public ref KernelArguments Add<T>(DeviceSpan<T> span) where T : unmanaged => ref Append(span.DeviceAddress);

    /// <summary>A <c>.s32</c> or <c>.u32</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(int value) => ref Append(value);

    /// <summary>A <c>.u32</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(uint value) => ref Append(value);

    /// <summary>A <c>.s64</c> or <c>.u64</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(long value) => ref Append(value);

    /// <summary>A <c>.u64</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(ulong value) => ref Append(value);

    /// <summary>A <c>.f32</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(float value) => ref Append(value);

    /// <summary>A <c>.f64</c>.</summary>
    [UnscopedRef]
    public ref KernelArguments Add(double value) => ref Append(value);

    /// <summary>The bytes used so far.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan() => ((ReadOnlySpan<byte>)_block)[..Bytes];

    [UnscopedRef]
    private ref KernelArguments Append<T>(T value) where T : unmanaged
    {
        var size = Unsafe.SizeOf<T>();
        var offset = (Bytes + size - 1) & -size;
        MemoryMarshal.Write(((Span<byte>)_block)[offset..], value);
        Bytes = offset + size;
        return ref this;
    }

    [InlineArray(Capacity)]
    private struct Block
    {
        private byte _first;
    }
}
