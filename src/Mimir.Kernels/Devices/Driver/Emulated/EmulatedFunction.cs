using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Analysis;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>A kernel of a loaded module, with the limits of its launches.</summary>
internal sealed class EmulatedFunction(EmulatedModule module, PtxFunction kernel)
{
    private int? _registers;

    /// <summary>The module that holds it.</summary>
    public EmulatedModule Module { get; } = module;

    /// <summary>The kernel.</summary>
    public PtxFunction Kernel { get; } = kernel;

    /// <summary>Dynamic shared memory that a launch may ask for.</summary>
    public int DynamicSharedLimit { get; set; } = EmulatedGpu.SharedBytesWithoutAsking - kernel.StaticSharedBytes;

    /// <summary>Most threads of a block.</summary>
    public int ThreadLimit => (int)Math.Min(EmulatedGpu.ThreadsOfBlock, (Kernel.RequiredBlock ?? Kernel.MaximumBlock)?.Count ?? EmulatedGpu.ThreadsOfBlock);

    /// <summary>Registers of a thread: an estimate, as there is no assembler; a bound on the block makes an assembler spill the rest.</summary>
    public int Registers => _registers ??= Math.Min(
        LiveRegisters.Estimate(Kernel),
        Kernel.MaximumRegisters > 0 ? Kernel.MaximumRegisters
        : Kernel.RequiredBlock is null && Kernel.MaximumBlock is null ? MultiprocessorLimits.RegistersPerThread
        : EmulatedGpu.Registers / ThreadLimit);

    /// <summary>Blocks of a launch that fit a multiprocessor together.</summary>
    public Occupancy OccupancyOf(int threads, int dynamicSharedBytes) => Occupancy.Of(
        MultiprocessorLimits.Of(EmulatedGpu.Capability), threads, Registers, Kernel.StaticSharedBytes + dynamicSharedBytes);

    /// <summary>Why a launch breaks a limit, with the driver's code; null if it breaks none.</summary>
    public (DriverResult Result, string Reason)? Refuses(Dim3 grid, Dim3 block, uint dynamicSharedBytes, nuint parameterBytes)
    {
        var reason = dynamicSharedBytes > DynamicSharedLimit
            ? $"{dynamicSharedBytes} bytes of dynamic shared memory exceed the function's limit of {DynamicSharedLimit} ({Kernel.StaticSharedBytes} are static)"
            : LaunchLimits.Refusal(Kernel, grid, block, dynamicSharedBytes, (long)parameterBytes);
        return reason is not null ? (DriverResult.InvalidValue, reason)
            : OccupancyOf((int)block.Count, (int)dynamicSharedBytes).Blocks == 0
                ? (DriverResult.LaunchOutOfResources, $"{Registers} registers in each of {block.Count} threads exceed the {EmulatedGpu.Registers} of a block")
                : null;
    }
}
