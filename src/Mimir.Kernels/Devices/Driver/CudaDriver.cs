using System.Runtime.InteropServices;
using System.Text;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Devices.Driver;

/// <summary>NVIDIA's driver. Only <see cref="IDriver"/>'s view of the C functions: no state, no policy, nothing on the managed heap in
/// any call that a step makes.</summary>
public sealed unsafe partial class CudaDriver : IDriver
{
    private const int NameBytes = 256;
    private readonly CudaEntryPoints _cuda;

    internal CudaDriver(IEntryPoints library)
    {
        Name = library.Name;
        _cuda = new CudaEntryPoints(library);
    }

    /// <inheritdoc/>
    public string Name { get; }

    private static string[] LibraryNames => OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"];

    /// <summary>Loads the driver of this machine. No call is made to it yet.</summary>
    /// <exception cref="DeviceException">There is none, or it is too old.</exception>
    public static CudaDriver Load() => SharedLibrary.TryLoad(LibraryNames, out var library)
        ? new CudaDriver(library)
        : throw new DeviceException($"no NVIDIA driver: {LibraryNames[0]} was not found");

    /// <inheritdoc/>
    public string GetErrorName(DriverResult result)
    {
        byte* text = null;
        return _cuda.GetErrorName(result, &text) == DriverResult.Success && text is not null
            ? Marshal.PtrToStringUTF8((nint)text)!
            : $"code {(int)result}";
    }

    /// <inheritdoc/>
    public string GetErrorString(DriverResult result)
    {
        byte* text = null;
        return _cuda.GetErrorString(result, &text) == DriverResult.Success && text is not null
            ? Marshal.PtrToStringUTF8((nint)text)!
            : "unknown to the driver";
    }

    /// <inheritdoc/>
    public DriverResult Init(uint flags) => _cuda.Init(flags);

    /// <inheritdoc/>
    public DriverResult DriverGetVersion(out int version)
    {
        fixed (int* result = &version)
            return _cuda.DriverGetVersion(result);
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetCount(out int count)
    {
        fixed (int* result = &count)
            return _cuda.DeviceGetCount(result);
    }

    /// <inheritdoc/>
    public DriverResult DeviceGet(out int device, int ordinal)
    {
        fixed (int* result = &device)
            return _cuda.DeviceGet(result, ordinal);
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetName(out string name, int device)
    {
        var buffer = stackalloc byte[NameBytes];
        var result = _cuda.DeviceGetName(buffer, NameBytes, device);
        name = result == DriverResult.Success ? Marshal.PtrToStringUTF8((nint)buffer)! : "";
        return result;
    }

    /// <inheritdoc/>
    public DriverResult DeviceTotalMem(out nuint bytes, int device)
    {
        fixed (nuint* result = &bytes)
            return _cuda.DeviceTotalMem(result, device);
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device)
    {
        fixed (int* result = &value)
            return _cuda.DeviceGetAttribute(result, attribute, device);
    }

    /// <inheritdoc/>
    public DriverResult DevicePrimaryCtxRetain(out nint context, int device)
    {
        fixed (nint* result = &context)
            return _cuda.DevicePrimaryCtxRetain(result, device);
    }

    /// <inheritdoc/>
    public DriverResult DevicePrimaryCtxRelease(int device) => _cuda.DevicePrimaryCtxRelease(device);

    /// <inheritdoc/>
    public DriverResult CtxSetCurrent(nint context) => _cuda.CtxSetCurrent(context);

    /// <inheritdoc/>
    public DriverResult CtxSynchronize() => _cuda.CtxSynchronize();

    /// <inheritdoc/>
    public DriverResult ModuleLoadDataEx(
        out nint module, ReadOnlySpan<byte> image, string file, ReadOnlySpan<JitOption> options, Span<nint> values)
    {
        fixed (nint* result = &module, slots = values)
        fixed (byte* text = image)
        fixed (JitOption* keys = options)
            return _cuda.ModuleLoadDataEx(result, text, (uint)options.Length, keys, slots);
    }

    /// <inheritdoc/>
    public DriverResult ModuleUnload(nint module) => _cuda.ModuleUnload(module);

    /// <inheritdoc/>
    public DriverResult ModuleGetFunction(out nint function, nint module, string name)
    {
        fixed (nint* result = &function)
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            return _cuda.ModuleGetFunction(result, module, text);
    }

    /// <inheritdoc/>
    public DriverResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function)
    {
        fixed (int* result = &value)
            return _cuda.FuncGetAttribute(result, attribute, function);
    }

    /// <inheritdoc/>
    public DriverResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value) =>
        _cuda.FuncSetAttribute(function, attribute, value);

    /// <inheritdoc/>
    public DriverResult OccupancyMaxActiveBlocksPerMultiprocessor(out int blocks, nint function, int threads, nuint dynamicSharedBytes)
    {
        fixed (int* result = &blocks)
            return _cuda.OccupancyMaxActiveBlocksPerMultiprocessor(result, function, threads, dynamicSharedBytes);
    }

    /// <inheritdoc/>
    public DriverResult LaunchKernel(
        nint function, Dim3 grid, Dim3 block, uint dynamicSharedBytes, nint stream, void** parameters, void** extra) =>
        _cuda.LaunchKernel(
            function, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z, dynamicSharedBytes, stream, parameters, extra);

    /// <inheritdoc/>
    public DriverResult ProfilerStart() => _cuda.ProfilerStart is null ? DriverResult.NotSupported : _cuda.ProfilerStart();

    /// <inheritdoc/>
    public DriverResult ProfilerStop() => _cuda.ProfilerStop is null ? DriverResult.NotSupported : _cuda.ProfilerStop();

    /// <summary>Nothing to give back: the library stays loaded, contexts and modules belong to the device.</summary>
    public void Dispose()
    {
    }
}
