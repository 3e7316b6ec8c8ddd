namespace Mimir.Kernels.Devices.Driver;

public sealed unsafe partial class CudaDriver
{
    /// <inheritdoc/>
    public DriverResult MemGetInfo(out nuint free, out nuint total)
    {
        fixed (nuint* freeResult = &free, totalResult = &total)
            return _cuda.MemGetInfo(freeResult, totalResult);
    }

    /// <inheritdoc/>
    public DriverResult MemAlloc(out ulong address, nuint bytes)
    {
        fixed (ulong* result = &address)
            return _cuda.MemAlloc(result, bytes);
    }

    /// <inheritdoc/>
    public DriverResult MemFree(ulong address) => _cuda.MemFree(address);

    /// <inheritdoc/>
    public DriverResult MemAllocAsync(out ulong address, nuint bytes, nint stream)
    {
        fixed (ulong* result = &address)
            return _cuda.MemAllocAsync is null ? DriverResult.NotSupported : _cuda.MemAllocAsync(result, bytes, stream);
    }

    /// <inheritdoc/>
    public DriverResult MemFreeAsync(ulong address, nint stream) =>
        _cuda.MemFreeAsync is null ? DriverResult.NotSupported : _cuda.MemFreeAsync(address, stream);

    /// <inheritdoc/>
    public DriverResult DeviceGetDefaultMemPool(out nint pool, int device)
    {
        fixed (nint* result = &pool)
            return _cuda.DeviceGetDefaultMemPool is null ? DriverResult.NotSupported : _cuda.DeviceGetDefaultMemPool(result, device);
    }

    /// <inheritdoc/>
    public DriverResult MemPoolSetAttribute(nint pool, MemoryPoolAttribute attribute, ulong value) =>
        _cuda.MemPoolSetAttribute is null ? DriverResult.NotSupported : _cuda.MemPoolSetAttribute(pool, attribute, &value);

    /// <inheritdoc/>
    public DriverResult MemPoolTrimTo(nint pool, nuint bytesToKeep) =>
        _cuda.MemPoolTrimTo is null ? DriverResult.NotSupported : _cuda.MemPoolTrimTo(pool, bytesToKeep);

    /// <inheritdoc/>
    public DriverResult MemHostAlloc(out nint pointer, nuint bytes, uint flags)
    {
        fixed (nint* result = &pointer)
            return _cuda.MemHostAlloc(result, bytes, flags);
    }

    /// <inheritdoc/>
    public DriverResult MemFreeHost(nint pointer) => _cuda.MemFreeHost(pointer);

    /// <inheritdoc/>
    public DriverResult MemcpyHtoD(ulong destination, void* source, nuint bytes) => _cuda.MemcpyHtoD(destination, source, bytes);

    /// <inheritdoc/>
    public DriverResult MemcpyDtoH(void* destination, ulong source, nuint bytes) => _cuda.MemcpyDtoH(destination, source, bytes);

    /// <inheritdoc/>
    public DriverResult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, nint stream) =>
        _cuda.MemcpyHtoDAsync(destination, source, bytes, stream);

    /// <inheritdoc/>
    public DriverResult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, nint stream) =>
        _cuda.MemcpyDtoHAsync(destination, source, bytes, stream);

    /// <inheritdoc/>
    public DriverResult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) =>
        _cuda.MemcpyDtoDAsync(destination, source, bytes, stream);

    /// <inheritdoc/>
    public DriverResult MemsetD8Async(ulong address, byte value, nuint count, nint stream) => _cuda.MemsetD8Async(address, value, count, stream);

    /// <inheritdoc/>
    public DriverResult MemsetD32Async(ulong address, uint value, nuint count, nint stream) => _cuda.MemsetD32Async(address, value, count, stream);
}
