namespace Mimir.Kernels.Devices.Driver;

/// <summary>The functions of libcuda, bound once by their exported names. Function pointers, because a name may be missing: an older driver
/// has no memory pools, and some functions have newer forms that are taken where they exist.</summary>
internal sealed unsafe class CudaEntryPoints
{
    public readonly delegate* unmanaged<uint, DriverResult> Init;
    public readonly delegate* unmanaged<int*, DriverResult> DriverGetVersion;
    public readonly delegate* unmanaged<DriverResult, byte**, DriverResult> GetErrorName;
    public readonly delegate* unmanaged<DriverResult, byte**, DriverResult> GetErrorString;
    public readonly delegate* unmanaged<int*, DriverResult> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, DriverResult> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, DriverResult> DeviceGetName;
    public readonly delegate* unmanaged<nuint*, int, DriverResult> DeviceTotalMem;
    public readonly delegate* unmanaged<int*, DeviceAttribute, int, DriverResult> DeviceGetAttribute;
    public readonly delegate* unmanaged<nint*, int, DriverResult> DevicePrimaryCtxRetain;
    public readonly delegate* unmanaged<int, DriverResult> DevicePrimaryCtxRelease;
    public readonly delegate* unmanaged<nint, DriverResult> CtxSetCurrent;
    public readonly delegate* unmanaged<DriverResult> CtxSynchronize;

    public readonly delegate* unmanaged<nint*, byte*, uint, JitOption*, nint*, DriverResult> ModuleLoadDataEx;
    public readonly delegate* unmanaged<nint, DriverResult> ModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, DriverResult> ModuleGetFunction;
    public readonly delegate* unmanaged<int*, FunctionAttribute, nint, DriverResult> FuncGetAttribute;
    public readonly delegate* unmanaged<nint, FunctionAttribute, int, DriverResult> FuncSetAttribute;
    public readonly delegate* unmanaged<int*, nint, int, nuint, DriverResult> OccupancyMaxActiveBlocksPerMultiprocessor;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, DriverResult> LaunchKernel;

    public readonly delegate* unmanaged<nuint*, nuint*, DriverResult> MemGetInfo;
    public readonly delegate* unmanaged<ulong*, nuint, DriverResult> MemAlloc;
    public readonly delegate* unmanaged<ulong, DriverResult> MemFree;
    public readonly delegate* unmanaged<nint*, nuint, uint, DriverResult> MemHostAlloc;
    public readonly delegate* unmanaged<nint, DriverResult> MemFreeHost;
    public readonly delegate* unmanaged<ulong, void*, nuint, DriverResult> MemcpyHtoD;
    public readonly delegate* unmanaged<void*, ulong, nuint, DriverResult> MemcpyDtoH;
    public readonly delegate* unmanaged<ulong, void*, nuint, nint, DriverResult> MemcpyHtoDAsync;
    public readonly delegate* unmanaged<void*, ulong, nuint, nint, DriverResult> MemcpyDtoHAsync;
    public readonly delegate* unmanaged<ulong, ulong, nuint, nint, DriverResult> MemcpyDtoDAsync;
    public readonly delegate* unmanaged<ulong, byte, nuint, nint, DriverResult> MemsetD8Async;
    public readonly delegate* unmanaged<ulong, uint, nuint, nint, DriverResult> MemsetD32Async;

    public readonly delegate* unmanaged<nint*, uint, DriverResult> StreamCreate;
    public readonly delegate* unmanaged<nint, DriverResult> StreamDestroy;
    public readonly delegate* unmanaged<nint, DriverResult> StreamSynchronize;
    public readonly delegate* unmanaged<nint, DriverResult> StreamQuery;
    public readonly delegate* unmanaged<nint, nint, uint, DriverResult> StreamWaitEvent;
    public readonly delegate* unmanaged<nint*, uint, DriverResult> EventCreate;
    public readonly delegate* unmanaged<nint, DriverResult> EventDestroy;
    public readonly delegate* unmanaged<nint, nint, DriverResult> EventRecord;
    public readonly delegate* unmanaged<nint, DriverResult> EventSynchronize;
    public readonly delegate* unmanaged<float*, nint, nint, DriverResult> EventElapsedTime;

    public readonly delegate* unmanaged<nint, CaptureMode, DriverResult> StreamBeginCapture;
    public readonly delegate* unmanaged<nint, nint*, DriverResult> StreamEndCapture;
    public readonly delegate* unmanaged<nint, int*, DriverResult> StreamIsCapturing;
    public readonly delegate* unmanaged<nint, nint, DriverResult> GraphLaunch;
    public readonly delegate* unmanaged<nint, DriverResult> GraphExecDestroy;
    public readonly delegate* unmanaged<nint, DriverResult> GraphDestroy;

    // From CUDA 11.2 on; null before.
    public readonly delegate* unmanaged<ulong*, nuint, nint, DriverResult> MemAllocAsync;
    public readonly delegate* unmanaged<ulong, nint, DriverResult> MemFreeAsync;
    public readonly delegate* unmanaged<nint*, int, DriverResult> DeviceGetDefaultMemPool;
    public readonly delegate* unmanaged<nint, MemoryPoolAttribute, void*, DriverResult> MemPoolSetAttribute;
    public readonly delegate* unmanaged<nint, nuint, DriverResult> MemPoolTrimTo;

    // From 11.4 on; before, the second form, which returns a log that says no more than the code.
    public readonly delegate* unmanaged<nint*, nint, ulong, DriverResult> GraphInstantiateWithFlags;
    public readonly delegate* unmanaged<nint*, nint, nint*, byte*, nuint, DriverResult> GraphInstantiate;

    // From 12.0 on; before, the first form.
    public readonly delegate* unmanaged<nint, nint, GraphUpdateResult*, DriverResult> GraphExecUpdateWithInfo;
    public readonly delegate* unmanaged<nint, nint, nint*, int*, DriverResult> GraphExecUpdate;

    // Deprecated by NVIDIA but still there; null costs only the profiler's range.
    public readonly delegate* unmanaged<DriverResult> ProfilerStart;
    public readonly delegate* unmanaged<DriverResult> ProfilerStop;

    private readonly IEntryPoints _library;

    /// <summary>Binds every name.</summary>
    /// <exception cref="DeviceException">The library lacks a function that nothing can stand in for.</exception>
    public CudaEntryPoints(IEntryPoints library)
    {
        _library = library;
        Init = (delegate* unmanaged<uint, DriverResult>)Required("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, DriverResult>)Required("cuDriverGetVersion");
        GetErrorName = (delegate* unmanaged<DriverResult, byte**, DriverResult>)Required("cuGetErrorName");
        GetErrorString = (delegate* unmanaged<DriverResult, byte**, DriverResult>)Required("cuGetErrorString");
        DeviceGetCount = (delegate* unmanaged<int*, DriverResult>)Required("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, DriverResult>)Required("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, DriverResult>)Required("cuDeviceGetName");
        DeviceTotalMem = (delegate* unmanaged<nuint*, int, DriverResult>)Required("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, DeviceAttribute, int, DriverResult>)Required("cuDeviceGetAttribute");
        DevicePrimaryCtxRetain = (delegate* unmanaged<nint*, int, DriverResult>)Required("cuDevicePrimaryCtxRetain");
        DevicePrimaryCtxRelease = (delegate* unmanaged<int, DriverResult>)Required("cuDevicePrimaryCtxRelease_v2");
        CtxSetCurrent = (delegate* unmanaged<nint, DriverResult>)Required("cuCtxSetCurrent");
        CtxSynchronize = (delegate* unmanaged<DriverResult>)Required("cuCtxSynchronize");

        ModuleLoadDataEx = (delegate* unmanaged<nint*, byte*, uint, JitOption*, nint*, DriverResult>)Required("cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, DriverResult>)Required("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, DriverResult>)Required("cuModuleGetFunction");
        FuncGetAttribute = (delegate* unmanaged<int*, FunctionAttribute, nint, DriverResult>)Required("cuFuncGetAttribute");
        FuncSetAttribute = (delegate* unmanaged<nint, FunctionAttribute, int, DriverResult>)Required("cuFuncSetAttribute");
        OccupancyMaxActiveBlocksPerMultiprocessor =
            (delegate* unmanaged<int*, nint, int, nuint, DriverResult>)Required("cuOccupancyMaxActiveBlocksPerMultiprocessor");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, DriverResult>)
            Required("cuLaunchKernel");

        MemGetInfo = (delegate* unmanaged<nuint*, nuint*, DriverResult>)Required("cuMemGetInfo_v2");
        MemAlloc = (delegate* unmanaged<ulong*, nuint, DriverResult>)Required("cuMemAlloc_v2");
        MemFree = (delegate* unmanaged<ulong, DriverResult>)Required("cuMemFree_v2");
        MemHostAlloc = (delegate* unmanaged<nint*, nuint, uint, DriverResult>)Required("cuMemHostAlloc");
        MemFreeHost = (delegate* unmanaged<nint, DriverResult>)Required("cuMemFreeHost");
        MemcpyHtoD = (delegate* unmanaged<ulong, void*, nuint, DriverResult>)Required("cuMemcpyHtoD_v2");
        MemcpyDtoH = (delegate* unmanaged<void*, ulong, nuint, DriverResult>)Required("cuMemcpyDtoH_v2");
        MemcpyHtoDAsync = (delegate* unmanaged<ulong, void*, nuint, nint, DriverResult>)Required("cuMemcpyHtoDAsync_v2");
        MemcpyDtoHAsync = (delegate* unmanaged<void*, ulong, nuint, nint, DriverResult>)Required("cuMemcpyDtoHAsync_v2");
        MemcpyDtoDAsync = (delegate* unmanaged<ulong, ulong, nuint, nint, DriverResult>)Required("cuMemcpyDtoDAsync_v2");
        MemsetD8Async = (delegate* unmanaged<ulong, byte, nuint, nint, DriverResult>)Required("cuMemsetD8Async");
        MemsetD32Async = (delegate* unmanaged<ulong, uint, nuint, nint, DriverResult>)Required("cuMemsetD32Async");

        StreamCreate = (delegate* unmanaged<nint*, uint, DriverResult>)Required("cuStreamCreate");
        StreamDestroy = (delegate* unmanaged<nint, DriverResult>)Required("cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, DriverResult>)Required("cuStreamSynchronize");
        StreamQuery = (delegate* unmanaged<nint, DriverResult>)Required("cuStreamQuery");
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, DriverResult>)Required("cuStreamWaitEvent");
        EventCreate = (delegate* unmanaged<nint*, uint, DriverResult>)Required("cuEventCreate");
        EventDestroy = (delegate* unmanaged<nint, DriverResult>)Required("cuEventDestroy_v2");
        EventRecord = (delegate* unmanaged<nint, nint, DriverResult>)Required("cuEventRecord");
        EventSynchronize = (delegate* unmanaged<nint, DriverResult>)Required("cuEventSynchronize");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, DriverResult>)Required("cuEventElapsedTime");

        StreamBeginCapture = (delegate* unmanaged<nint, CaptureMode, DriverResult>)Required("cuStreamBeginCapture_v2");
        StreamEndCapture = (delegate* unmanaged<nint, nint*, DriverResult>)Required("cuStreamEndCapture");
        StreamIsCapturing = (delegate* unmanaged<nint, int*, DriverResult>)Required("cuStreamIsCapturing");
        GraphLaunch = (delegate* unmanaged<nint, nint, DriverResult>)Required("cuGraphLaunch");
        GraphExecDestroy = (delegate* unmanaged<nint, DriverResult>)Required("cuGraphExecDestroy");
        GraphDestroy = (delegate* unmanaged<nint, DriverResult>)Required("cuGraphDestroy");

        MemAllocAsync = (delegate* unmanaged<ulong*, nuint, nint, DriverResult>)Optional("cuMemAllocAsync");
        MemFreeAsync = (delegate* unmanaged<ulong, nint, DriverResult>)Optional("cuMemFreeAsync");
        DeviceGetDefaultMemPool = (delegate* unmanaged<nint*, int, DriverResult>)Optional("cuDeviceGetDefaultMemPool");
        MemPoolSetAttribute = (delegate* unmanaged<nint, MemoryPoolAttribute, void*, DriverResult>)Optional("cuMemPoolSetAttribute");
        MemPoolTrimTo = (delegate* unmanaged<nint, nuint, DriverResult>)Optional("cuMemPoolTrimTo");
        GraphInstantiateWithFlags = (delegate* unmanaged<nint*, nint, ulong, DriverResult>)Optional("cuGraphInstantiateWithFlags");
        if (GraphInstantiateWithFlags is null)
            GraphInstantiate = (delegate* unmanaged<nint*, nint, nint*, byte*, nuint, DriverResult>)Required("cuGraphInstantiate_v2");
        GraphExecUpdateWithInfo = (delegate* unmanaged<nint, nint, GraphUpdateResult*, DriverResult>)Optional("cuGraphExecUpdate_v2");
        if (GraphExecUpdateWithInfo is null)
            GraphExecUpdate = (delegate* unmanaged<nint, nint, nint*, int*, DriverResult>)Required("cuGraphExecUpdate");
        ProfilerStart = (delegate* unmanaged<DriverResult>)Optional("cuProfilerStart");
        ProfilerStop = (delegate* unmanaged<DriverResult>)Optional("cuProfilerStop");
    }

    private void* Required(string name) => _library.TryGet(name, out var address)
        ? (void*)address
        : throw new DeviceException($"{_library.Name} has no {name}: the NVIDIA driver is too old; one for CUDA 11.1 or newer is needed");

    private void* Optional(string name) => _library.TryGet(name, out var address) ? (void*)address : null;

    /// <summary>CUgraphExecUpdateResultInfo: why a graph could not be updated, and where.</summary>
    internal struct GraphUpdateResult
    {
        public int Result;
        public nint ErrorNode;
        public nint ErrorFromNode;
    }
}
