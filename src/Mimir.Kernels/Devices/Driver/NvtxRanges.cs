using System.Runtime.InteropServices;

namespace Mimir.Kernels.Devices.Driver;

/// <summary>Named ranges in NVIDIA's profilers, through their NVTX library where it is installed. A profiler that is not there costs nothing.</summary>
internal sealed unsafe class NvtxRanges
{
    private readonly delegate* unmanaged<byte*, int> _push;
    private readonly delegate* unmanaged<int> _pop;
    private readonly Dictionary<string, nint> _names = []; // constants of the program: they stay

    private NvtxRanges(nint push, nint pop)
    {
        _push = (delegate* unmanaged<byte*, int>)push;
        _pop = (delegate* unmanaged<int>)pop;
    }

    /// <summary>The ranges of this machine's library; null where there is none.</summary>
    public static NvtxRanges? TryLoad() =>
        SharedLibrary.TryLoad(OperatingSystem.IsWindows() ? ["nvToolsExt64_1.dll"] : ["libnvToolsExt.so.1", "libnvToolsExt.so"], out var library)
            ? Of(library)
            : null;

    /// <summary>The ranges of a library; null where it lacks the functions.</summary>
    public static NvtxRanges? Of(IEntryPoints library) =>
        library.TryGet("nvtxRangePushA", out var push) && library.TryGet("nvtxRangePop", out var pop) ? new NvtxRanges(push, pop) : null;

    /// <summary>Begins a range in the calling thread, inside those that are open.</summary>
    /// <param name="name">A constant: the few that there are get converted once.</param>
    public void Push(string name)
    {
        nint text;
        lock (_names)
        {
            if (!_names.TryGetValue(name, out text))
                _names[name] = text = Marshal.StringToCoTaskMemUTF8(name);
        }

        _push((byte*)text);
    }

    /// <summary>Ends the last range.</summary>
    public void Pop() => _pop();
}
