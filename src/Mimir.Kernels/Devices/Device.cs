using System.Diagnostics;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>Owns memory and runs kernels. Kernel families fork on the concrete type, and nothing above them does.</summary>
public abstract class Device : IDisposable
{
    /// <summary>The device's name.</summary>
    public abstract DeviceId Id { get; }

    /// <summary>What a person would call it, with the parts that matter to speed.</summary>
    public abstract string Description { get; }

    /// <summary>Told of every kernel call when set; costs one test per call when not.</summary>
    public IKernelListener? Listener { get; set; }

    /// <summary>How many micro-batches of a step it works on at once: the host's threads, 1 for a GPU.</summary>
    public abstract int Lanes { get; }

    /// <summary>How a training step's batch is cut for the device.</summary>
    public virtual BatchCut Cut => BatchCut.Whole;

    /// <summary>Whether small blocks are better cut from large ones. A GPU's allocations are cheap and have exact ends, which the emulator checks.</summary>
    public virtual bool PrefersSlabs => false;

    /// <summary>Bits of the SIMD width, on which the last bits of results depend; 0 where there is none.</summary>
    public virtual int SimdBits => 0;

    /// <summary>How matrix products round their factors.</summary>
    public virtual MatrixPrecision Precision => MatrixPrecision.Float32;

    /// <summary>How many lanes a kernel that is called now can spread over.</summary>
    internal virtual int LanesOfACall => Lanes;

    /// <summary>Runs the tasks of a step's phase, shared by the lanes; returns when all are done.</summary>
    public abstract void Run(ITeamWork work, int tasks);

    /// <summary>Waits until everything that was started has ended.</summary>
    /// <exception cref="DeviceException">Something that was started has failed.</exception>
    public virtual void Synchronise()
    {
    }

    /// <summary>Does the same work several times.</summary>
    /// <param name="times">How often.</param>
    /// <param name="body">Starts kernels, always the same with the same arguments; data passes from one time to the next in device memory only,
    /// and what it allocates it gives back. A device may call it fewer times and replay what it started.</param>
    public virtual void Repeat(int times, Action body)
    {
        for (var pass = 0; pass < times; pass++)
            body();
    }

    /// <summary>Allocates <paramref name="bytes"/> bytes, 64-byte aligned, content undefined.</summary>
    /// <exception cref="OutOfMemoryException">The device has no room.</exception>
    public abstract DeviceBuffer Allocate(long bytes);

    /// <summary>As <see cref="Allocate(long)"/>, with a name for the reports of a device that checks accesses.</summary>
    public virtual DeviceBuffer Allocate(long bytes, string name) => Allocate(bytes);

    /// <summary>Allocates room for <paramref name="count"/> elements, content undefined.</summary>
    public unsafe DeviceSpan<T> Allocate<T>(long count) where T : unmanaged =>
        new(Allocate(Math.Max(1, count) * sizeof(T)), 0, count);

    /// <summary>As <see cref="Allocate{T}(long)"/>, with a name for the reports of a device that checks accesses.</summary>
    public unsafe DeviceSpan<T> Allocate<T>(long count, string name) where T : unmanaged =>
        new(Allocate(Math.Max(1, count) * sizeof(T), name), 0, count);

    /// <summary>Identity and description, such as <c>cpu: 2 threads, AVX2</c>.</summary>
    public override string ToString() => $"{Id}: {Description}";

    /// <summary>A call of a kernel entry begins.</summary>
    /// <param name="kernel">Family and entry, a constant.</param>
    /// <param name="isTimed">Whether its time is wanted.</param>
    /// <returns>The time in <see cref="Stopwatch"/> ticks, if it is wanted.</returns>
    internal virtual long EnterKernel(string kernel, bool isTimed) => isTimed ? Stopwatch.GetTimestamp() : 0;

    /// <summary>The call ends.</summary>
    /// <param name="start">What <see cref="EnterKernel"/> returned.</param>
    /// <param name="isTimed">As there.</param>
    /// <returns>The end in <see cref="Stopwatch"/> ticks, if it is wanted.</returns>
    internal virtual long LeaveKernel(long start, bool isTimed) => isTimed ? Stopwatch.GetTimestamp() : 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what the device holds.</summary>
    protected abstract void Dispose(bool disposing);
}
