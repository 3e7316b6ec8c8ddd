using System.Diagnostics.CodeAnalysis;
using Mimir.Kernels.Devices.Driver;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels.Devices;

/// <summary>A GPU that runs the embedded PTX kernels: an NVIDIA card behind its driver, or the emulator behind the same interface.</summary>
public sealed class PtxDevice : Device
{
    private readonly IDriver _driver;
    private readonly PtxScratch _scratch;

    /// <summary>Opens a device of a driver.</summary>
    /// <param name="driver">The driver; the device owns it from now on.</param>
    /// <param name="id">Which device, and how it is named.</param>
    /// <param name="precision">How matrix products round their factors.</param>
    /// <exception cref="DeviceException">The driver has no such device, or refuses it.</exception>
    public PtxDevice(IDriver driver, DeviceId id, MatrixPrecision precision = MatrixPrecision.Float32)
    {
        _driver = driver;
        _scratch = new PtxScratch(this);
        Id = id;
        Precision = precision;
    }

    /// <inheritdoc/>
    public override DeviceId Id { get; }

    /// <inheritdoc/>
    public override string Description => Id.ToString();

    /// <inheritdoc/>
    public override MatrixPrecision Precision { get; }

    /// <summary>Multiprocessors of the device: blocks beyond a few times as many add nothing.</summary>
    internal int Multiprocessors { get; }

    /// <inheritdoc/>
    public override int Lanes => 1;

    /// <summary>Opens the emulator.</summary>
    public static PtxDevice OpenEmulator(EmulatorOptions? options = null, MatrixPrecision precision = MatrixPrecision.Float32) =>
        throw new DeviceException("the emulator has no driver yet");

    /// <summary>Opens an NVIDIA card.</summary>
    /// <exception cref="DeviceException">There is no driver or no such card.</exception>
    public static PtxDevice OpenCuda(int ordinal = 0, MatrixPrecision precision = MatrixPrecision.Float32) =>
        throw new DeviceException("no NVIDIA driver: libcuda.so.1 was not found");

    /// <summary>Whether memory lies on a GPU, and on which: the fork that kernel entries take.</summary>
    internal static bool Is<T>(DeviceSpan<T> span, [NotNullWhen(true)] out PtxDevice? device) where T : unmanaged =>
        (device = span.Device as PtxDevice) is not null;

    /// <inheritdoc/>
    public override void Run(ITeamWork work, int tasks)
    {
        for (var task = 0; task < tasks; task++)
            work.Run(task, lane: 0);
    }

    /// <inheritdoc/>
    public override DeviceBuffer Allocate(long bytes) => new PtxBuffer(this, bytes, 0);

    /// <summary>Memory for what the launches of one call pass to each other; see <see cref="PtxScratch"/>.</summary>
    internal DeviceSpan<T> Scratch<T>(PtxScratchSlot slot, long count) where T : unmanaged => _scratch.Of<T>(slot, count);

    /// <summary>Starts a kernel behind everything started before it, and returns at once.</summary>
    /// <param name="kernel">Which kernel.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">The entry's parameters.</param>
    /// <exception cref="DeviceException">The driver refuses the file, the entry or the launch, or an earlier kernel failed.</exception>
    internal void Launch(PtxKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, in KernelArguments arguments) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _scratch.Dispose();
        _driver.Dispose();
    }
}
