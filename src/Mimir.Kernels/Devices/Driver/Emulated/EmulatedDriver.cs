using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>A driver of one emulated GPU, as strict as the strictest real one: what NVIDIA's driver forbids it refuses, and it says why.
/// Work is done when it is submitted, so an error shows at the launch that made it. Errors of kernels lose the context, as on a card.</summary>
public sealed partial class EmulatedDriver : IDriver, IMemoryReports
{
    private const nint Context = 0x10;
    private readonly Lock _lock = new();
    private readonly ThreadLocal<nint> _current = new();
    private readonly EmulatorFindings _findings = new();
    private EmulatedMemory? _memory;
    private PtxEmulator? _emulator;
    private int _retained;
    private bool _isInitialised;
    private DriverResult _lost;
    private (DriverResult Result, string Text) _reason = (DriverResult.Success, "");

    /// <summary>A driver whose GPU runs as the options say.</summary>
    public EmulatedDriver(EmulatorOptions? options = null) => Options = options ?? new EmulatorOptions();

    /// <summary>How kernels run and what is checked.</summary>
    public EmulatorOptions Options { get; }

    /// <summary>What was found and counted so far.</summary>
    public EmulatorFindings Findings => _findings;

    /// <inheritdoc/>
    public string Name => "emulator";

    /// <summary>The schedule and the checks, in words.</summary>
    internal string Description
    {
        get
        {
            var schedule = Options.Schedule switch
            {
                WarpSchedule.InOrder => "warps in order",
                WarpSchedule.Random => $"warps in random order {Options.Seed}",
                _ => "warps in adversarial order",
            };
            return $"{schedule}, {(Options.Checks == EmulatorChecks.All ? "all checks" : $"checks: {Options.Checks.ToString().ToLowerInvariant()}")}";
        }
    }

    /// <summary>What calls need: an initialised driver, a context that is the thread's and not lost.</summary>
    private DriverResult Status =>
        !_isInitialised ? DriverResult.NotInitialized
        : _retained == 0 || _current.Value != Context ? DriverResult.InvalidContext
        : _lost;

    /// <inheritdoc/>
    public string GetErrorName(DriverResult result) => DriverResultNames.NameOf(result);

    /// <summary>What a code means, and for the last failed call what was wrong with it.</summary>
    public string GetErrorString(DriverResult result)
    {
        lock (_lock)
            return _reason.Result == result && result != DriverResult.Success ? _reason.Text : DriverResultNames.MeaningOf(result);
    }

    /// <inheritdoc/>
    public DriverResult Init(uint flags)
    {
        _isInitialised = flags == 0;
        return _isInitialised ? DriverResult.Success : DriverResult.InvalidValue;
    }

    /// <inheritdoc/>
    public DriverResult DriverGetVersion(out int version)
    {
        version = EmulatedGpu.DriverVersion;
        return DriverResult.Success;
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetCount(out int count)
    {
        count = 1;
        return _isInitialised ? DriverResult.Success : DriverResult.NotInitialized;
    }

    /// <inheritdoc/>
    public DriverResult DeviceGet(out int device, int ordinal)
    {
        device = 0;
        return !_isInitialised ? DriverResult.NotInitialized : ordinal == 0 ? DriverResult.Success : DriverResult.InvalidDevice;
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetName(out string name, int device)
    {
        name = EmulatedGpu.Name;
        return OfDevice(device);
    }

    /// <inheritdoc/>
    public DriverResult DeviceTotalMem(out nuint bytes, int device)
    {
        bytes = (nuint)EmulatedGpu.MemoryBytes;
        return OfDevice(device);
    }

    /// <inheritdoc/>
    public DriverResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device)
    {
        var known = EmulatedGpu.Attribute(attribute);
        value = known ?? 0;
        return known is null ? DriverResult.InvalidValue : OfDevice(device);
    }

    /// <inheritdoc/>
    public DriverResult DevicePrimaryCtxRetain(out nint context, int device)
    {
        context = 0;
        lock (_lock)
        {
            if (OfDevice(device) is not DriverResult.Success and var bad)
                return bad;
            if (_retained++ == 0)
            {
                (_memory, _lost) = (new EmulatedMemory(Options.Checks), DriverResult.Success);
                _emulator = new PtxEmulator(_memory, Options);
                _streams.Clear();
                _legacy = new EmulatedStream(isBlocking: true);
            }

            context = Context;
            return DriverResult.Success;
        }
    }

    /// <summary>The last release ends the context; memory that is still allocated then is reported.</summary>
    public DriverResult DevicePrimaryCtxRelease(int device)
    {
        lock (_lock)
        {
            if (_retained == 0)
                return DriverResult.InvalidContext;
            if (--_retained > 0)
                return DriverResult.Success;
            EndContext();
            return DriverResult.Success;
        }
    }

    /// <inheritdoc/>
    public DriverResult CtxSetCurrent(nint context)
    {
        if (context != 0 && (context != Context || _retained == 0))
            return DriverResult.InvalidContext;
        _current.Value = context;
        return DriverResult.Success;
    }

    /// <inheritdoc/>
    public DriverResult CtxSynchronize()
    {
        lock (_lock)
            return Status is not DriverResult.Success and var bad ? bad : ForbidInCapture("cuCtxSynchronize");
    }

    /// <inheritdoc/>
    public DriverResult ProfilerStart() => DriverResult.Success;

    /// <inheritdoc/>
    public DriverResult ProfilerStop() => DriverResult.Success;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_retained > 0)
                EndContext();
            _retained = 0;
        }
    }

    /// <summary>Forgets a kernel's fault, so that tests can share a device: memory and modules are as they were.</summary>
    internal void Recover()
    {
        lock (_lock)
            _lost = DriverResult.Success;
    }

    private DriverResult OfDevice(int device) =>
        !_isInitialised ? DriverResult.NotInitialized : device == 0 ? DriverResult.Success : DriverResult.InvalidDevice;

    private void EndContext()
    {
        foreach (var graph in _graphs.Values.Concat(_executables.Values.Select(executable => executable.Graph)).Distinct())
            FreeMemoryOf(graph);
        foreach (var module in _modules.Values)
            module.Dispose();
        _functions.Clear();
        _modules.Clear();
        _streams.Clear();
        _events.Clear();
        _graphs.Clear();
        _executables.Clear();
        if (_lost == DriverResult.Success)
        {
            foreach (var leaked in _memory!.Live)
            {
                _findings.Add(PtxSeverity.Warning, DiagnosticKinds.Leak,
                    $"{leaked.Bytes} bytes of '{leaked.Name}' were still allocated when the context ended", leaked.Address, leaked.Name);
            }
        }

        FreePinned();
        _memory!.Dispose();
        (_memory, _emulator, _lost) = (null, null, DriverResult.Success);
    }

    /// <summary>Remembers why a call fails, for <see cref="GetErrorString"/>.</summary>
    private DriverResult Fail(DriverResult result, string reason)
    {
        _reason = (result, $"{DriverResultNames.MeaningOf(result)}: {reason}");
        return result;
    }
}
