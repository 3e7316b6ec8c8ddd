using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>A kernel in a device's driver, with what its compiler made of it.</summary>
internal sealed class LoadedKernel
{
    private const int SharedBytesWithoutAsking = 48 << 10;
    private readonly PtxContext _context;
    private int _allowedDynamicBytes;

    /// <summary>Asks the driver about a function.</summary>
    public LoadedKernel(PtxKernel kernel, nint function, PtxContext context)
    {
        (Kernel, Function, _context) = (kernel, function, context);
        StaticSharedBytes = Ask(FunctionAttribute.SharedSizeBytes);
        _allowedDynamicBytes = SharedBytesWithoutAsking - StaticSharedBytes;
    }

    /// <summary>Which kernel.</summary>
    public PtxKernel Kernel { get; }

    /// <summary>The driver's handle.</summary>
    public nint Function { get; }

    /// <summary>Static shared memory of a block.</summary>
    public int StaticSharedBytes { get; }

    /// <summary>Most threads of a block.</summary>
    public int ThreadLimit => Ask(FunctionAttribute.MaxThreadsPerBlock);

    /// <summary>Registers of a thread.</summary>
    public int Registers => Ask(FunctionAttribute.NumRegs);

    /// <summary>Local memory of a thread: spilled registers, as no kernel here declares any.</summary>
    public int LocalBytes => Ask(FunctionAttribute.LocalSizeBytes);

    /// <summary>Lets launches ask for so much dynamic shared memory; beyond 48 KiB a driver wants to be told before.</summary>
    /// <exception cref="DeviceException">The device has less.</exception>
    public void AllowDynamicBytes(int bytes)
    {
        if (bytes <= _allowedDynamicBytes)
            return;
        _context.Require(
            _context.Driver.FuncSetAttribute(Function, FunctionAttribute.MaxDynamicSharedSizeBytes, bytes),
            $"cuFuncSetAttribute of {Kernel} for {bytes} bytes of dynamic shared memory");
        _allowedDynamicBytes = bytes;
    }

    /// <summary>Blocks that fit a multiprocessor together.</summary>
    public int BlocksPerMultiprocessor(int threads, int dynamicSharedBytes)
    {
        _context.Require(
            _context.Driver.OccupancyMaxActiveBlocksPerMultiprocessor(out var blocks, Function, threads, (nuint)dynamicSharedBytes),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks;
    }

    private int Ask(FunctionAttribute attribute)
    {
        _context.Require(_context.Driver.FuncGetAttribute(out var value, attribute, Function), "cuFuncGetAttribute");
        return value;
    }
}
