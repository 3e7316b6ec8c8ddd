using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Zeroed memory outside the managed heap: of a large range the system provides only those pages that are touched.</summary>
internal sealed unsafe class ZeroedMemory : CriticalFinalizerObject, IDisposable
{
    /// <summary>So many bytes.</summary>
    public ZeroedMemory(nuint bytes) => Start = (byte*)NativeMemory.AllocZeroed(bytes);

    /// <summary>Frees what a launch that failed half-way left behind.</summary>
    ~ZeroedMemory() => NativeMemory.Free(Start);

    /// <summary>The first byte.</summary>
    public byte* Start { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Start);
        Start = null;
        GC.SuppressFinalize(this);
    }
}
