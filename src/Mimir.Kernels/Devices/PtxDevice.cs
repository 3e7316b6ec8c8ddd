using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Devices.Driver.Emulated;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>A GPU that runs the embedded PTX kernels: an NVIDIA card behind its driver, or the emulator behind the same interface.
/// All work goes through one stream, so it happens in the order in which it is started.</summary>
public sealed unsafe class PtxDevice : Device
{
    private const int FewestRepeats = 3; // one at once, one recorded: below, nothing is left to replay
    private readonly PtxContext _context;
    private readonly KernelTable _kernels;
    private readonly DevicePool _pool;
    private readonly PinnedStaging _staging;
    private readonly LaunchGraph _graph;
    private readonly PtxScratch _scratch;
    private readonly StreamClock _clock;
    private readonly NvtxRanges? _ranges;
    private readonly IMemoryReports? _reports;
    private bool _isDisposed;

    /// <summary>Opens a device of a driver.</summary>
    /// <param name="driver">The driver; the device owns it from now on, also when it cannot be opened.</param>
    /// <param name="id">Which device, and how it is named.</param>
    /// <param name="precision">How matrix products round their factors.</param>
    /// <exception cref="DeviceException">The driver has no such device, or refuses it.</exception>
    public PtxDevice(IDriver driver, DeviceId id, MatrixPrecision precision = MatrixPrecision.Float32)
        : this(driver, id, precision, ranges: null)
    {
    }

    internal PtxDevice(IDriver driver, DeviceId id, MatrixPrecision precision, NvtxRanges? ranges)
    {
        (Id, Precision, _reports, _ranges) = (id, precision, driver as IMemoryReports, ranges);
        PtxContext? context = null;
        try
        {
            _context = context = new PtxContext(driver, id);
            Multiprocessors = context.Ask(DeviceAttribute.MultiprocessorCount);
            _kernels = new KernelTable(context);
            _pool = new DevicePool(context);
            _staging = new PinnedStaging(context);
            _graph = new LaunchGraph(context);
            _clock = new StreamClock(context);
            _scratch = new PtxScratch(this);
        }
        catch
        {
            context?.Dispose();
            driver.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override DeviceId Id { get; }

    /// <inheritdoc/>
    public override string Description => (Emulator is { } emulator
        ? $"{_context.Name}, {emulator.Description}"
        : $"{_context.Name}, compute capability {_context.Capability / 10}.{_context.Capability % 10}, {Multiprocessors} multiprocessors, "
        + $"{_context.MemoryBytes / (double)(1 << 30):0.#} GiB, {_context.Driver.Name} for CUDA {_context.DriverVersion}")
        + (Precision == MatrixPrecision.Float32 ? "" : $", products in {Precision.Name()}");

    /// <inheritdoc/>
    public override MatrixPrecision Precision { get; }

    /// <summary>The emulator behind the device, with what it found and counted; null on a card.</summary>
    public EmulatedDriver? Emulator => _context.Driver as EmulatedDriver;

    /// <summary>Multiprocessors of the device: blocks beyond a few times as many add nothing.</summary>
    internal int Multiprocessors { get; }

    /// <summary>Whether launches are being recorded to be replayed: nothing runs, and the host must not wait.</summary>
    internal bool IsRecording => _graph.IsRecording;

    /// <inheritdoc/>
    public override int Lanes => 1;

    /// <summary>Opens an NVIDIA card.</summary>
    /// <exception cref="DeviceException">There is no driver or no such card.</exception>
    public static PtxDevice OpenCuda(int ordinal = 0, MatrixPrecision precision = MatrixPrecision.Float32) =>
        new(CudaDriver.Load(), new DeviceId(DeviceKind.Cuda, ordinal), precision, NvtxRanges.TryLoad());

    /// <summary>Opens the emulator.</summary>
    /// <param name="options">How kernels run and what is checked; null for no checks.</param>
    /// <param name="precision">How matrix products round their factors.</param>
    public static PtxDevice OpenEmulator(EmulatorOptions? options = null, MatrixPrecision precision = MatrixPrecision.Float32) =>
        new(new EmulatedDriver(options), new DeviceId(DeviceKind.Emulator), precision);

    /// <summary>Whether memory lies on a GPU, and on which: the fork that kernel entries take.</summary>
    internal static bool Is<T>(DeviceSpan<T> span, [NotNullWhen(true)] out PtxDevice? device) where T : unmanaged =>
        (device = span.Device as PtxDevice) is not null;

    /// <inheritdoc/>
    public override void Run(ITeamWork work, int tasks)
    {
        for (var task = 0; task < tasks; task++)
            work.Run(task, lane: 0);
    }

    /// <summary>Runs <paramref name="body"/> once, records it once, and replays the record the other times: a step of many small kernels
    /// then costs one call. While somebody listens every pass runs by itself.</summary>
    /// <inheritdoc/>
    public override void Repeat(int times, Action body)
    {
        if (times < FewestRepeats || Listener is not null)
        {
            base.Repeat(times, body);
            return;
        }

        body();
        _graph.Record(body);
        for (var pass = 1; pass < times; pass++)
            _graph.Launch();
    }

    /// <inheritdoc/>
    public override void Synchronise() => _context.Synchronise();

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => Allocate(bytes, "buffer");

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        return new PtxBuffer(this, bytes, _pool.Take(bytes, name));
    }

    /// <summary>Memory for what the launches of one call pass to each other; see <see cref="PtxScratch"/>.</summary>
    internal DeviceSpan<T> Scratch<T>(PtxScratchSlot slot, long count) where T : unmanaged => _scratch.Of<T>(slot, count);

    /// <summary>A kernel, compiled for the device if it was not yet.</summary>
    /// <exception cref="DeviceException">The driver refuses the file, or it has no such entry.</exception>
    internal LoadedKernel Load(PtxKernel kernel)
    {
        _context.Enter();
        return _kernels.Resolve(kernel);
    }

    /// <summary>Starts a kernel behind everything started before it, and returns at once.</summary>
    /// <param name="kernel">Which kernel.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">The entry's parameters.</param>
    /// <exception cref="DeviceException">The driver refuses the file, the entry or the launch, or an earlier kernel failed.</exception>
    internal void Launch(PtxKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, in KernelArguments arguments)
    {
        const nint parameterBuffer = 1, parameterBufferSize = 2; // CU_LAUNCH_PARAM_BUFFER_POINTER and _SIZE
        var loaded = Load(kernel);
        loaded.AllowDynamicBytes(sharedBytes);
        DriverResult result;
        fixed (byte* parameters = arguments.AsSpan())
        {
            var bytes = (nuint)arguments.Bytes;
            var extra = stackalloc void*[] { (void*)parameterBuffer, parameters, (void*)parameterBufferSize, &bytes, null };
            result = _context.Driver.LaunchKernel(loaded.Function, grid, block, (uint)sharedBytes, _context.Stream, null, extra);
        }

        if (result != DriverResult.Success)
            throw _context.Failure(result, $"{kernel}, grid {grid}, block {block}, {sharedBytes} bytes of dynamic shared memory,");
        _context.Note(kernel, grid, block);
    }

    /// <summary>A card's time is its own; the emulator's is the host's, since the seconds that it models are no measurement.</summary>
    internal override long EnterKernel(string kernel, bool isTimed)
    {
        _ranges?.Push(kernel);
        return !isTimed ? 0 : Emulator is null ? _clock.Start() : Stopwatch.GetTimestamp();
    }

    /// <inheritdoc/>
    internal override long LeaveKernel(long start, bool isTimed)
    {
        var end = !isTimed ? 0 : Emulator is null ? start + _clock.Stop() : Stopwatch.GetTimestamp();
        _ranges?.Pop();
        return end;
    }

    internal void Write(ulong address, ReadOnlySpan<byte> source)
    {
        ForbidInRecord();
        _staging.Write(address, source);
    }

    internal void Read(ulong address, Span<byte> destination)
    {
        ForbidInRecord();
        _staging.Read(address, destination);
    }

    internal void Clear(ulong address, long bytes)
    {
        _context.Enter();
        _context.Require(_context.Driver.MemsetD8Async(address, 0, (nuint)bytes, _context.Stream), "cuMemsetD8Async");
    }

    internal void Forget(ulong address, long bytes) => _reports?.Forget(address, (nuint)bytes);

    internal void Free(ulong address, long bytes)
    {
        if (!_isDisposed) // the memory went with the context
            _pool.Give(address, bytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
            return;
        _scratch.Dispose();
        _isDisposed = true;
        _context.Drain(); // copies may still read the pinned memory
        _graph.Dispose();
        _clock.Dispose();
        _staging.Dispose();
        _pool.Dispose();
        _kernels.Dispose();
        _context.Dispose();
        _context.Driver.Dispose();
    }

    private void ForbidInRecord()
    {
        if (_graph.IsRecording)
            throw new InvalidOperationException("the body of Repeat may not move data between host and device: it is replayed without the host");
    }
}
