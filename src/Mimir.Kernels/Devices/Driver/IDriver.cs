using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Devices.Driver;

/// <summary>The entry points of the CUDA driver that are used, under their names without <c>cu</c> and the version's suffix. Two
/// implementations: NVIDIA's driver and the emulator. No call throws; each returns the driver's code. Handles are opaque and 0 is none;
/// addresses of device memory have 64 bits. The failure of a kernel may be reported by any later call.</summary>
public unsafe interface IDriver : IDisposable
{
    /// <summary>What answers, for messages: the library's file name, or the emulator.</summary>
    string Name { get; }

    /// <summary>The driver's name of a code, such as <c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</summary>
    string GetErrorName(DriverResult result);

    /// <summary>What a code means; from the emulator also what it found.</summary>
    string GetErrorString(DriverResult result);

    /// <summary>Has to come first.</summary>
    DriverResult Init(uint flags);

    /// <summary>The newest CUDA version that the driver serves: 1000·major + 10·minor.</summary>
    DriverResult DriverGetVersion(out int version);

    DriverResult DeviceGetCount(out int count);

    DriverResult DeviceGet(out int device, int ordinal);

    DriverResult DeviceGetName(out string name, int device);

    DriverResult DeviceTotalMem(out nuint bytes, int device);

    DriverResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    /// <summary>The context that all users of a device in a process share, made by its first one.</summary>
    DriverResult DevicePrimaryCtxRetain(out nint context, int device);

    DriverResult DevicePrimaryCtxRelease(int device);

    /// <summary>For the calling thread.</summary>
    DriverResult CtxSetCurrent(nint context);

    DriverResult CtxSynchronize();

    /// <summary>Compiles PTX.</summary>
    /// <param name="module">The module.</param>
    /// <param name="image">The text, with a zero byte at its end.</param>
    /// <param name="file">Its name, for the messages of a driver that gives places.</param>
    /// <param name="options">Options of the compiler.</param>
    /// <param name="values">Their slots, as many; the driver writes to some.</param>
    DriverResult ModuleLoadDataEx(out nint module, ReadOnlySpan<byte> image, string file, ReadOnlySpan<JitOption> options, Span<nint> values);

    DriverResult ModuleUnload(nint module);

    DriverResult ModuleGetFunction(out nint function, nint module, string name);

    DriverResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    DriverResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    DriverResult OccupancyMaxActiveBlocksPerMultiprocessor(out int blocks, nint function, int threads, nuint dynamicSharedBytes);

    DriverResult MemGetInfo(out nuint free, out nuint total);

    DriverResult MemAlloc(out ulong address, nuint bytes);

    DriverResult MemFree(ulong address);

    DriverResult MemAllocAsync(out ulong address, nuint bytes, nint stream);

    DriverResult MemFreeAsync(ulong address, nint stream);

    DriverResult DeviceGetDefaultMemPool(out nint pool, int device);

    DriverResult MemPoolSetAttribute(nint pool, MemoryPoolAttribute attribute, ulong value);

    DriverResult MemPoolTrimTo(nint pool, nuint bytesToKeep);

    /// <summary>Host memory that the device reaches without the driver's help, so that copies run beside the host.</summary>
    DriverResult MemHostAlloc(out nint pointer, nuint bytes, uint flags);

    DriverResult MemFreeHost(nint pointer);

    DriverResult MemcpyHtoD(ulong destination, void* source, nuint bytes);

    DriverResult MemcpyDtoH(void* destination, ulong source, nuint bytes);

    DriverResult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream);

    DriverResult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream);

    DriverResult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream);

    DriverResult MemsetD8Async(ulong address, byte value, nuint count, nint stream);

    DriverResult MemsetD32Async(ulong address, uint value, nuint count, nint stream);

    DriverResult StreamCreate(out nint stream, StreamFlags flags);

    DriverResult StreamDestroy(nint stream);

    DriverResult StreamSynchronize(nint stream);

    /// <summary><see cref="DriverResult.NotReady"/> while work is left.</summary>
    DriverResult StreamQuery(nint stream);

    DriverResult StreamWaitEvent(nint stream, nint waited);

    DriverResult EventCreate(out nint created, EventFlags flags);

    DriverResult EventDestroy(nint destroyed);

    DriverResult EventRecord(nint recorded, nint stream);

    DriverResult EventSynchronize(nint waited);

    DriverResult EventElapsedTime(out float milliseconds, nint start, nint end);

    /// <summary>Starts a kernel.</summary>
    /// <param name="function">Which.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads a block.</param>
    /// <param name="dynamicSharedBytes">Of a block.</param>
    /// <param name="stream">Behind whose work.</param>
    /// <param name="parameters">Null: the parameters come through <paramref name="extra"/>.</param>
    /// <param name="extra">Key and value in turn up to a null key: 1, the address of the packed block; 2, the address of its size.</param>
    DriverResult LaunchKernel(nint function, Dim3 grid, Dim3 block, uint dynamicSharedBytes, nint stream, void** parameters, void** extra);

    /// <summary>From now on the stream's work is recorded instead of done.</summary>
    DriverResult StreamBeginCapture(nint stream, CaptureMode mode);

    DriverResult StreamEndCapture(nint stream, out nint graph);

    DriverResult StreamIsCapturing(nint stream, out bool capturing);

    DriverResult GraphInstantiate(out nint executable, nint graph, ulong flags);

    DriverResult GraphLaunch(nint executable, nint stream);

    /// <summary>Takes over the parameters of a graph of the same form; <see cref="DriverResult.GraphExecUpdateFailure"/> if its form differs.</summary>
    DriverResult GraphExecUpdate(nint executable, nint graph);

    DriverResult GraphExecDestroy(nint executable);

    DriverResult GraphDestroy(nint graph);

    DriverResult ProfilerStart();

    DriverResult ProfilerStop();
}
