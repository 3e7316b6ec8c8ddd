using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Devices;

/// <summary>A device's context in the driver, with the one stream that all its work goes through, and the place where the driver's codes
/// become exceptions.</summary>
internal sealed class PtxContext : IDisposable
{
    private const int OldestCapability = 80; // the kernels' .target

    /// <summary>The driver keeps a current context for every thread.</summary>
    [ThreadStatic]
    private static PtxContext? t_current;

    private readonly int _device;
    private nint _context;
    private nint _stream;
    private PtxKernel? _lastKernel;
    private Dim3 _lastGrid;
    private Dim3 _lastBlock;

    /// <summary>Opens a device.</summary>
    /// <exception cref="DeviceException">There is no such device, it is too old for the kernels, or a call failed.</exception>
    public PtxContext(IDriver driver, DeviceId id)
    {
        (Driver, Id) = (driver, id);
        var devices = 0;
        var started = driver.Init(0);
        if (started != DriverResult.NoDevice)
        {
            Require(started, "cuInit");
            Require(driver.DeviceGetCount(out devices), "cuDeviceGetCount");
        }

        if (id.Ordinal >= devices)
        {
            throw new DeviceException(
                devices == 0 ? $"no NVIDIA card: {driver.Name} is there and finds none" : $"no {id}: {driver.Name} has {devices} device{(devices == 1 ? "" : "s")}",
                devices == 0 ? DriverResult.NoDevice : DriverResult.InvalidDevice);
        }

        Require(driver.DeviceGet(out _device, id.Ordinal), "cuDeviceGet");
        Require(driver.DeviceGetName(out var name, _device), "cuDeviceGetName");
        Require(driver.DeviceTotalMem(out var memory, _device), "cuDeviceTotalMem");
        Require(driver.DriverGetVersion(out var version), "cuDriverGetVersion");
        (Name, MemoryBytes, DriverVersion) = (name, (long)memory, $"{version / 1000}.{version % 1000 / 10}");
        Capability = 10 * Ask(DeviceAttribute.ComputeCapabilityMajor) + Ask(DeviceAttribute.ComputeCapabilityMinor);
        if (Capability < OldestCapability)
        {
            throw new DeviceException(
                $"{id} ({name}) has compute capability {Capability / 10}.{Capability % 10}; the kernels need {OldestCapability / 10}.{OldestCapability % 10} or newer",
                DriverResult.NoBinaryForGpu);
        }

        Require(driver.DevicePrimaryCtxRetain(out _context, _device), "cuDevicePrimaryCtxRetain");
        try
        {
            Enter();
            Require(driver.StreamCreate(out _stream, StreamFlags.NonBlocking), "cuStreamCreate");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The driver.</summary>
    public IDriver Driver { get; }

    /// <summary>The device's name in messages.</summary>
    public DeviceId Id { get; }

    /// <summary>The name that the maker gave it.</summary>
    public string Name { get; }

    /// <summary>10·major + minor of the compute capability.</summary>
    public int Capability { get; }

    /// <summary>The newest CUDA version that the driver serves.</summary>
    public string DriverVersion { get; }

    /// <summary>The device's memory.</summary>
    public long MemoryBytes { get; }

    /// <summary>The stream of all the device's work.</summary>
    public nint Stream => _stream;

    /// <summary>The device's number in the driver.</summary>
    public int Device => _device;

    /// <summary>Makes the context the calling thread's. Every entry from outside begins with it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (t_current != this)
            SetCurrent();
    }

    /// <summary>A property of the device.</summary>
    public int Ask(DeviceAttribute attribute)
    {
        Require(Driver.DeviceGetAttribute(out var value, attribute, _device), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>As <see cref="Enter"/>, where a failure must not become one more exception: memory is also freed while one unwinds.</summary>
    public void EnterQuietly()
    {
        if (t_current != this && Driver.CtxSetCurrent(_context) == DriverResult.Success)
            t_current = this;
    }

    /// <summary>Waits for all work before things are given back, whether it fails or not.</summary>
    public void Drain()
    {
        EnterQuietly();
        _ = Driver.StreamSynchronize(_stream);
    }

    /// <summary>Waits for all work.</summary>
    public void Synchronise()
    {
        Enter();
        Require(Driver.StreamSynchronize(_stream), "cuStreamSynchronize");
    }

    /// <summary>Remembers the last launch: a kernel's failure shows at a later call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Note(PtxKernel kernel, Dim3 grid, Dim3 block) => (_lastKernel, _lastGrid, _lastBlock) = (kernel, grid, block);

    /// <summary>Throws unless a call succeeded.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="call">Its name.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Require(DriverResult result, string call)
    {
        if (result != DriverResult.Success)
            throw Failure(result, call);
    }

    /// <summary>A failed call as an exception.</summary>
    public DeviceException Failure(DriverResult result, string call)
    {
        var earlier = _lastKernel is not null && IsKernelFault(result) && Driver is not IMemoryReports // which tell themselves
            ? $"; the last kernel started before was {_lastKernel}, grid {_lastGrid}, block {_lastBlock}"
            : "";
        return new DeviceException($"{call} on {Id}: {Driver.GetErrorName(result)} ({(int)result}): {Driver.GetErrorString(result)}{earlier}", result);
    }

    /// <summary>Gives the context back. Never throws: after a kernel's failure every call fails.</summary>
    public void Dispose()
    {
        if (_context == 0)
            return;
        EnterQuietly();
        if (_stream != 0)
            _ = Driver.StreamDestroy(_stream);
        _ = Driver.CtxSetCurrent(0);
        _ = Driver.DevicePrimaryCtxRelease(_device);
        (_context, _stream, t_current) = (0, 0, null);
    }

    private static bool IsKernelFault(DriverResult result) => result is >= DriverResult.IllegalAddress and <= DriverResult.LaunchFailed;

    private void SetCurrent()
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        Require(Driver.CtxSetCurrent(_context), "cuCtxSetCurrent");
        t_current = this;
    }
}
