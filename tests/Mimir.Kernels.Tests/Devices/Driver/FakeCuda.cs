using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Tests.Devices.Driver;

/// <summary>A library with the driver's and NVTX's entry points as C sees them: it writes down every call with its raw arguments, keeps "device memory"
/// on the host, and fails where a test says so. Its state is static, as the entry points are: one at a time, in one thread.</summary>
internal sealed unsafe class FakeCuda : IEntryPoints, IDisposable
{
    /// <summary>Handles use all 64 bits, so that a truncated one shows.</summary>
    public static readonly nint Context = unchecked((nint)0x7fff_0000_0010);
    public static readonly nint Stream = unchecked((nint)0x7fff_0000_0020);
    public static readonly nint Module = unchecked((nint)0x7fff_0000_0030);
    public static readonly nint Function = unchecked((nint)0x7fff_0000_0040);
    public static readonly nint Graph = unchecked((nint)0x7fff_0000_0050);
    public static readonly nint Executable = unchecked((nint)0x7fff_0000_0060);
    public static readonly nint Pool = unchecked((nint)0x7fff_0000_0070);
    private static readonly Dictionary<string, nint> s_entries = Entries();
    private static FakeCuda s_this = new();
    private readonly HashSet<string> _missing;
    private readonly HashSet<nint> _blocks = [];
    private nint _nextEvent = unchecked((nint)0x7fff_0001_0000);

    /// <summary>A library without some entry points.</summary>
    public FakeCuda(params string[] missing) => (_missing, s_this) = ([.. missing], this);

    public string Name => "libfake.so.1";

    /// <summary>Every call as <c>name(argument, …)</c>.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Whether calls are written down.</summary>
    public bool IsRecording { get; set; } = true;

    /// <summary>What a function returns from now on.</summary>
    public Dictionary<string, DriverResult> Results { get; } = [];

    /// <summary>What a function returns once more: taken before <see cref="Results"/>.</summary>
    public Dictionary<string, Queue<DriverResult>> NextResults { get; } = [];

    /// <summary>Values of device attributes; others are 1.</summary>
    public Dictionary<DeviceAttribute, int> Attributes { get; } = new()
    {
        [DeviceAttribute.ComputeCapabilityMajor] = 9, [DeviceAttribute.ComputeCapabilityMinor] = 0, [DeviceAttribute.MultiprocessorCount] = 132,
    };

    public int Devices { get; set; } = 2;

    public string ErrorLog { get; set; } = "";

    public int StaticSharedBytes { get; set; }

    /// <summary>The image of the last module, with the byte behind its text.</summary>
    public byte[] Image { get; private set; } = [];

    /// <summary>Options of the last module with their slots.</summary>
    public List<(JitOption Option, nint Value)> Options { get; } = [];

    /// <summary>The parameter block of the last launch.</summary>
    public byte[] Parameters { get; private set; } = [];

    /// <summary>Blocks of device and pinned memory that were not freed.</summary>
    public int LiveBlocks => _blocks.Count;

    public bool TryGet(string name, out nint address)
    {
        address = 0;
        return !_missing.Contains(name) && s_entries.TryGetValue(name, out address);
    }

    /// <summary>How often a function was called.</summary>
    public int Count(string name) => Calls.Count(call => call.StartsWith(name + "(", StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (var block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }

    private static DriverResult Log(string name, DefaultInterpolatedStringHandler arguments)
    {
        if (s_this.IsRecording)
            s_this.Calls.Add($"{name}({arguments.ToStringAndClear()})");
        else
            arguments.Clear();
        return s_this.NextResults.TryGetValue(name, out var next) && next.TryDequeue(out var once) ? once : s_this.Results.GetValueOrDefault(name);
    }

    private static DriverResult Allocate(ulong* address, nuint bytes, DriverResult result)
    {
        if (result != DriverResult.Success)
            return result;
        *address = (ulong)NativeMemory.AllocZeroed(bytes);
        s_this._blocks.Add((nint)(*address));
        return result;
    }

    private static DriverResult Free(nint block, DriverResult result)
    {
        if (result == DriverResult.Success && s_this._blocks.Remove(block))
            NativeMemory.Free((void*)block);
        return result;
    }

    private static DriverResult Copy(void* destination, void* source, nuint bytes, DriverResult result)
    {
        if (result == DriverResult.Success)
            Buffer.MemoryCopy(source, destination, bytes, bytes);
        return result;
    }

    private static DriverResult Set<T>(T* destination, T value, DriverResult result) where T : unmanaged
    {
        *destination = value;
        return result;
    }

    [UnmanagedCallersOnly]
    private static DriverResult Init(uint flags) => Log("cuInit", $"{flags}");

    [UnmanagedCallersOnly]
    private static DriverResult DriverGetVersion(int* version) => Set(version, 12040, Log("cuDriverGetVersion", $""));

    [UnmanagedCallersOnly]
    private static DriverResult GetErrorName(DriverResult result, byte** text) =>
        Set((nint*)text, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference("CUDA_ERROR_NAMED_BY_DRIVER\0"u8)), Log("cuGetErrorName", $"{(int)result}"));

    [UnmanagedCallersOnly]
    private static DriverResult GetErrorString(DriverResult result, byte** text) =>
        Set((nint*)text, (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference("what the driver says\0"u8)), Log("cuGetErrorString", $"{(int)result}"));

    [UnmanagedCallersOnly]
    private static DriverResult DeviceGetCount(int* count) => Set(count, s_this.Devices, Log("cuDeviceGetCount", $""));

    [UnmanagedCallersOnly]
    private static DriverResult DeviceGet(int* device, int ordinal) => Set(device, 100 + ordinal, Log("cuDeviceGet", $"{ordinal}"));

    [UnmanagedCallersOnly]
    private static DriverResult DeviceGetName(byte* name, int length, int device)
    {
        "Fake GPU\0"u8.CopyTo(new Span<byte>(name, length));
        return Log("cuDeviceGetName", $"{length}, {device}");
    }

    [UnmanagedCallersOnly]
    private static DriverResult DeviceTotalMem(nuint* bytes, int device) => Set(bytes, unchecked((nuint)(80L << 30)), Log("cuDeviceTotalMem_v2", $"{device}"));

    [UnmanagedCallersOnly]
    private static DriverResult DeviceGetAttribute(int* value, DeviceAttribute attribute, int device) =>
        Set(value, s_this.Attributes.GetValueOrDefault(attribute, 1), Log("cuDeviceGetAttribute", $"{(int)attribute}, {device}"));

    [UnmanagedCallersOnly]
    private static DriverResult DevicePrimaryCtxRetain(nint* context, int device) => Set(context, Context, Log("cuDevicePrimaryCtxRetain", $"{device}"));

    [UnmanagedCallersOnly]
    private static DriverResult DevicePrimaryCtxRelease(int device) => Log("cuDevicePrimaryCtxRelease_v2", $"{device}");

    [UnmanagedCallersOnly]
    private static DriverResult CtxSetCurrent(nint context) => Log("cuCtxSetCurrent", $"{context:x}");

    [UnmanagedCallersOnly]
    private static DriverResult CtxSynchronize() => Log("cuCtxSynchronize", $"");

    [UnmanagedCallersOnly]
    private static DriverResult ModuleLoadDataEx(nint* module, byte* image, uint count, JitOption* options, nint* values)
    {
        var length = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(image).Length;
        s_this.Image = new ReadOnlySpan<byte>(image, length + 1).ToArray();
        s_this.Options.Clear();
        for (var i = 0; i < count; i++)
        {
            s_this.Options.Add((options[i], values[i]));
            if (options[i] == JitOption.ErrorLogBuffer && s_this.ErrorLog.Length > 0)
                Encoding.UTF8.GetBytes(s_this.ErrorLog + '\0').CopyTo(new Span<byte>((byte*)values[i], (int)values[i + 1]));
        }

        return Set(module, Module, Log("cuModuleLoadDataEx", $"{count}"));
    }

    [UnmanagedCallersOnly]
    private static DriverResult ModuleUnload(nint module) => Log("cuModuleUnload", $"{module:x}");

    [UnmanagedCallersOnly]
    private static DriverResult ModuleGetFunction(nint* function, nint module, byte* name) =>
        Set(function, Function, Log("cuModuleGetFunction", $"{module:x}, {Marshal.PtrToStringUTF8((nint)name)}"));

    [UnmanagedCallersOnly]
    private static DriverResult FuncGetAttribute(int* value, FunctionAttribute attribute, nint function) =>
        Set(value, attribute == FunctionAttribute.SharedSizeBytes ? s_this.StaticSharedBytes : 0, Log("cuFuncGetAttribute", $"{(int)attribute}, {function:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value) =>
        Log("cuFuncSetAttribute", $"{function:x}, {(int)attribute}, {value}");

    [UnmanagedCallersOnly]
    private static DriverResult Occupancy(int* blocks, nint function, int threads, nuint bytes) =>
        Set(blocks, 3, Log("cuOccupancyMaxActiveBlocksPerMultiprocessor", $"{function:x}, {threads}, {bytes}"));

    [UnmanagedCallersOnly]
    private static DriverResult LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, nint stream, void** parameters, void** extra)
    {
        var isPacked = extra[0] == (void*)1 && extra[2] == (void*)2 && extra[4] is null;
        if (isPacked && s_this.IsRecording)
            s_this.Parameters = new ReadOnlySpan<byte>(extra[1], (int)*(nuint*)extra[3]).ToArray();
        return Log(
            "cuLaunchKernel",
            $"{function:x}, {gridX}, {gridY}, {gridZ}, {blockX}, {blockY}, {blockZ}, {shared}, {stream:x}, {(nint)parameters}, {(isPacked ? "packed" : "bad")}");
    }

    [UnmanagedCallersOnly]
    private static DriverResult MemGetInfo(nuint* free, nuint* total)
    {
        (*free, *total) = (1000, 2000);
        return Log("cuMemGetInfo_v2", $"");
    }

    [UnmanagedCallersOnly]
    private static DriverResult MemAlloc(ulong* address, nuint bytes) => Allocate(address, bytes, Log("cuMemAlloc_v2", $"{bytes}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemFree(ulong address) => Free((nint)address, Log("cuMemFree_v2", $""));

    [UnmanagedCallersOnly]
    private static DriverResult MemAllocAsync(ulong* address, nuint bytes, nint stream) =>
        Allocate(address, bytes, Log("cuMemAllocAsync", $"{bytes}, {stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemFreeAsync(ulong address, nint stream) => Free((nint)address, Log("cuMemFreeAsync", $"{stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult DeviceGetDefaultMemPool(nint* pool, int device) => Set(pool, Pool, Log("cuDeviceGetDefaultMemPool", $"{device}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemPoolSetAttribute(nint pool, MemoryPoolAttribute attribute, ulong* value) =>
        Log("cuMemPoolSetAttribute", $"{pool:x}, {(int)attribute}, {*value}");

    [UnmanagedCallersOnly]
    private static DriverResult MemPoolTrimTo(nint pool, nuint bytes) => Log("cuMemPoolTrimTo", $"{pool:x}, {bytes}");

    [UnmanagedCallersOnly]
    private static DriverResult MemHostAlloc(nint* pointer, nuint bytes, uint flags) =>
        Allocate((ulong*)pointer, bytes, Log("cuMemHostAlloc", $"{bytes}, {flags}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemFreeHost(nint pointer) => Free(pointer, Log("cuMemFreeHost", $""));

    [UnmanagedCallersOnly]
    private static DriverResult MemcpyHtoD(ulong destination, void* source, nuint bytes) =>
        Copy((void*)destination, source, bytes, Log("cuMemcpyHtoD_v2", $"{bytes}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemcpyDtoH(void* destination, ulong source, nuint bytes) =>
        Copy(destination, (void*)source, bytes, Log("cuMemcpyDtoH_v2", $"{bytes}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream) =>
        Copy((void*)destination, source, bytes, Log("cuMemcpyHtoDAsync_v2", $"{bytes}, {stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream) =>
        Copy(destination, (void*)source, bytes, Log("cuMemcpyDtoHAsync_v2", $"{bytes}, {stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        Copy((void*)destination, (void*)source, bytes, Log("cuMemcpyDtoDAsync_v2", $"{bytes}, {stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult MemsetD8Async(ulong address, byte value, nuint count, nint stream)
    {
        NativeMemory.Fill((void*)address, count, value);
        return Log("cuMemsetD8Async", $"{value}, {count}, {stream:x}");
    }

    [UnmanagedCallersOnly]
    private static DriverResult MemsetD32Async(ulong address, uint value, nuint count, nint stream)
    {
        new Span<uint>((void*)address, (int)count).Fill(value);
        return Log("cuMemsetD32Async", $"{value}, {count}, {stream:x}");
    }

    [UnmanagedCallersOnly]
    private static DriverResult StreamCreate(nint* stream, uint flags) => Set(stream, Stream, Log("cuStreamCreate", $"{flags}"));

    [UnmanagedCallersOnly]
    private static DriverResult StreamDestroy(nint stream) => Log("cuStreamDestroy_v2", $"{stream:x}");

    [UnmanagedCallersOnly]
    private static DriverResult StreamSynchronize(nint stream) => Log("cuStreamSynchronize", $"{stream:x}");

    [UnmanagedCallersOnly]
    private static DriverResult StreamQuery(nint stream) => Log("cuStreamQuery", $"{stream:x}");

    [UnmanagedCallersOnly]
    private static DriverResult StreamWaitEvent(nint stream, nint waited, uint flags) => Log("cuStreamWaitEvent", $"{stream:x}, {waited:x}, {flags}");

    [UnmanagedCallersOnly]
    private static DriverResult EventCreate(nint* created, uint flags) => Set(created, s_this._nextEvent += 0x10, Log("cuEventCreate", $"{flags}"));

    [UnmanagedCallersOnly]
    private static DriverResult EventDestroy(nint destroyed) => Log("cuEventDestroy_v2", $"{destroyed:x}");

    [UnmanagedCallersOnly]
    private static DriverResult EventRecord(nint recorded, nint stream) => Log("cuEventRecord", $"{recorded:x}, {stream:x}");

    [UnmanagedCallersOnly]
    private static DriverResult EventSynchronize(nint waited) => Log("cuEventSynchronize", $"{waited:x}");

    [UnmanagedCallersOnly]
    private static DriverResult EventElapsedTime(float* milliseconds, nint start, nint end) =>
        Set(milliseconds, 1.5f, Log("cuEventElapsedTime", $"{start:x}, {end:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult StreamBeginCapture(nint stream, CaptureMode mode) => Log("cuStreamBeginCapture_v2", $"{stream:x}, {(int)mode}");

    [UnmanagedCallersOnly]
    private static DriverResult StreamEndCapture(nint stream, nint* graph) => Set(graph, Graph, Log("cuStreamEndCapture", $"{stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult StreamIsCapturing(nint stream, int* status) => Set(status, 1, Log("cuStreamIsCapturing", $"{stream:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult GraphInstantiateWithFlags(nint* executable, nint graph, ulong flags) =>
        Set(executable, Executable, Log("cuGraphInstantiateWithFlags", $"{graph:x}, {flags}"));

    [UnmanagedCallersOnly]
    private static DriverResult GraphInstantiate(nint* executable, nint graph, nint* errorNode, byte* log, nuint bytes) =>
        Set(executable, Executable, Log("cuGraphInstantiate_v2", $"{graph:x}, {(nint)errorNode}, {(nint)log}, {bytes}"));

    [UnmanagedCallersOnly]
    private static DriverResult GraphLaunch(nint executable, nint stream) => Log("cuGraphLaunch", $"{executable:x}, {stream:x}");

    [UnmanagedCallersOnly]
    private static DriverResult GraphExecUpdateWithInfo(nint executable, nint graph, CudaEntryPoints.GraphUpdateResult* info) =>
        Set(info, default, Log("cuGraphExecUpdate_v2", $"{executable:x}, {graph:x}"));

    [UnmanagedCallersOnly]
    private static DriverResult GraphExecUpdate(nint executable, nint graph, nint* errorNode, int* reason)
    {
        (*errorNode, *reason) = (0, 0);
        return Log("cuGraphExecUpdate", $"{executable:x}, {graph:x}");
    }

    [UnmanagedCallersOnly]
    private static DriverResult GraphExecDestroy(nint executable) => Log("cuGraphExecDestroy", $"{executable:x}");

    [UnmanagedCallersOnly]
    private static DriverResult GraphDestroy(nint graph) => Log("cuGraphDestroy", $"{graph:x}");

    [UnmanagedCallersOnly]
    private static DriverResult ProfilerStart() => Log("cuProfilerStart", $"");

    [UnmanagedCallersOnly]
    private static DriverResult ProfilerStop() => Log("cuProfilerStop", $"");

    [UnmanagedCallersOnly]
    private static int RangePush(byte* name) => (int)Log("nvtxRangePushA", $"{Marshal.PtrToStringUTF8((nint)name)}");

    [UnmanagedCallersOnly]
    private static int RangePop() => (int)Log("nvtxRangePop", $"");

    private static Dictionary<string, nint> Entries() => new()
    {
        ["cuInit"] = (nint)(delegate* unmanaged<uint, DriverResult>)&Init,
        ["cuDriverGetVersion"] = (nint)(delegate* unmanaged<int*, DriverResult>)&DriverGetVersion,
        ["cuGetErrorName"] = (nint)(delegate* unmanaged<DriverResult, byte**, DriverResult>)&GetErrorName,
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<DriverResult, byte**, DriverResult>)&GetErrorString,
        ["cuDeviceGetCount"] = (nint)(delegate* unmanaged<int*, DriverResult>)&DeviceGetCount,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, DriverResult>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, DriverResult>)&DeviceGetName,
        ["cuDeviceTotalMem_v2"] = (nint)(delegate* unmanaged<nuint*, int, DriverResult>)&DeviceTotalMem,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, DeviceAttribute, int, DriverResult>)&DeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, DriverResult>)&DevicePrimaryCtxRetain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, DriverResult>)&DevicePrimaryCtxRelease,
        ["cuCtxSetCurrent"] = (nint)(delegate* unmanaged<nint, DriverResult>)&CtxSetCurrent,
        ["cuCtxSynchronize"] = (nint)(delegate* unmanaged<DriverResult>)&CtxSynchronize,
        ["cuModuleLoadDataEx"] = (nint)(delegate* unmanaged<nint*, byte*, uint, JitOption*, nint*, DriverResult>)&ModuleLoadDataEx,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, DriverResult>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, DriverResult>)&ModuleGetFunction,
        ["cuFuncGetAttribute"] = (nint)(delegate* unmanaged<int*, FunctionAttribute, nint, DriverResult>)&FuncGetAttribute,
        ["cuFuncSetAttribute"] = (nint)(delegate* unmanaged<nint, FunctionAttribute, int, DriverResult>)&FuncSetAttribute,
        ["cuOccupancyMaxActiveBlocksPerMultiprocessor"] = (nint)(delegate* unmanaged<int*, nint, int, nuint, DriverResult>)&Occupancy,
        ["cuLaunchKernel"] =
            (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, DriverResult>)&LaunchKernel,
        ["cuMemGetInfo_v2"] = (nint)(delegate* unmanaged<nuint*, nuint*, DriverResult>)&MemGetInfo,
        ["cuMemAlloc_v2"] = (nint)(delegate* unmanaged<ulong*, nuint, DriverResult>)&MemAlloc,
        ["cuMemFree_v2"] = (nint)(delegate* unmanaged<ulong, DriverResult>)&MemFree,
        ["cuMemAllocAsync"] = (nint)(delegate* unmanaged<ulong*, nuint, nint, DriverResult>)&MemAllocAsync,
        ["cuMemFreeAsync"] = (nint)(delegate* unmanaged<ulong, nint, DriverResult>)&MemFreeAsync,
        ["cuDeviceGetDefaultMemPool"] = (nint)(delegate* unmanaged<nint*, int, DriverResult>)&DeviceGetDefaultMemPool,
        ["cuMemPoolSetAttribute"] = (nint)(delegate* unmanaged<nint, MemoryPoolAttribute, ulong*, DriverResult>)&MemPoolSetAttribute,
        ["cuMemPoolTrimTo"] = (nint)(delegate* unmanaged<nint, nuint, DriverResult>)&MemPoolTrimTo,
        ["cuMemHostAlloc"] = (nint)(delegate* unmanaged<nint*, nuint, uint, DriverResult>)&MemHostAlloc,
        ["cuMemFreeHost"] = (nint)(delegate* unmanaged<nint, DriverResult>)&MemFreeHost,
        ["cuMemcpyHtoD_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, DriverResult>)&MemcpyHtoD,
        ["cuMemcpyDtoH_v2"] = (nint)(delegate* unmanaged<void*, ulong, nuint, DriverResult>)&MemcpyDtoH,
        ["cuMemcpyHtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, void*, nuint, nint, DriverResult>)&MemcpyHtoDAsync,
        ["cuMemcpyDtoHAsync_v2"] = (nint)(delegate* unmanaged<void*, ulong, nuint, nint, DriverResult>)&MemcpyDtoHAsync,
        ["cuMemcpyDtoDAsync_v2"] = (nint)(delegate* unmanaged<ulong, ulong, nuint, nint, DriverResult>)&MemcpyDtoDAsync,
        ["cuMemsetD8Async"] = (nint)(delegate* unmanaged<ulong, byte, nuint, nint, DriverResult>)&MemsetD8Async,
        ["cuMemsetD32Async"] = (nint)(delegate* unmanaged<ulong, uint, nuint, nint, DriverResult>)&MemsetD32Async,
        ["cuStreamCreate"] = (nint)(delegate* unmanaged<nint*, uint, DriverResult>)&StreamCreate,
        ["cuStreamDestroy_v2"] = (nint)(delegate* unmanaged<nint, DriverResult>)&StreamDestroy,
        ["cuStreamSynchronize"] = (nint)(delegate* unmanaged<nint, DriverResult>)&StreamSynchronize,
        ["cuStreamQuery"] = (nint)(delegate* unmanaged<nint, DriverResult>)&StreamQuery,
        ["cuStreamWaitEvent"] = (nint)(delegate* unmanaged<nint, nint, uint, DriverResult>)&StreamWaitEvent,
        ["cuEventCreate"] = (nint)(delegate* unmanaged<nint*, uint, DriverResult>)&EventCreate,
        ["cuEventDestroy_v2"] = (nint)(delegate* unmanaged<nint, DriverResult>)&EventDestroy,
        ["cuEventRecord"] = (nint)(delegate* unmanaged<nint, nint, DriverResult>)&EventRecord,
        ["cuEventSynchronize"] = (nint)(delegate* unmanaged<nint, DriverResult>)&EventSynchronize,
        ["cuEventElapsedTime"] = (nint)(delegate* unmanaged<float*, nint, nint, DriverResult>)&EventElapsedTime,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, CaptureMode, DriverResult>)&StreamBeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, DriverResult>)&StreamEndCapture,
        ["cuStreamIsCapturing"] = (nint)(delegate* unmanaged<nint, int*, DriverResult>)&StreamIsCapturing,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, DriverResult>)&GraphInstantiateWithFlags,
        ["cuGraphInstantiate_v2"] = (nint)(delegate* unmanaged<nint*, nint, nint*, byte*, nuint, DriverResult>)&GraphInstantiate,
        ["cuGraphLaunch"] = (nint)(delegate* unmanaged<nint, nint, DriverResult>)&GraphLaunch,
        ["cuGraphExecUpdate_v2"] = (nint)(delegate* unmanaged<nint, nint, CudaEntryPoints.GraphUpdateResult*, DriverResult>)&GraphExecUpdateWithInfo,
        ["cuGraphExecUpdate"] = (nint)(delegate* unmanaged<nint, nint, nint*, int*, DriverResult>)&GraphExecUpdate,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, DriverResult>)&GraphExecDestroy,
        ["cuGraphDestroy"] = (nint)(delegate* unmanaged<nint, DriverResult>)&GraphDestroy,
        ["cuProfilerStart"] = (nint)(delegate* unmanaged<DriverResult>)&ProfilerStart,
        ["cuProfilerStop"] = (nint)(delegate* unmanaged<DriverResult>)&ProfilerStop,
        ["nvtxRangePushA"] = (nint)(delegate* unmanaged<byte*, int>)&RangePush,
        ["nvtxRangePop"] = (nint)(delegate* unmanaged<int>)&RangePop,
    };
}
