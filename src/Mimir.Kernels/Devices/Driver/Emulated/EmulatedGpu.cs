using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>Figures of the emulated GPU, those of an A100: what the driver tells of it, and what its modelled time follows from.</summary>
internal static class EmulatedGpu
{
    /// <summary>Its name.</summary>
    public const string Name = "Mimir Emulated sm_80";

    /// <summary>10·major + minor of its compute capability.</summary>
    public const int Capability = 80;

    /// <summary>The CUDA version that the driver seems to serve, 1000·major + 10·minor.</summary>
    public const int DriverVersion = 12_000;

    /// <summary>Most threads of a block.</summary>
    public const int ThreadsOfBlock = 1024;

    /// <summary>Registers of a multiprocessor, and of a block.</summary>
    public const int Registers = 65_536;

    /// <summary>Shared memory that a block may have without asking.</summary>
    public const int SharedBytesWithoutAsking = 49_152;

    /// <summary>Shared memory that a block may have at most.</summary>
    public const int SharedBytesOfBlock = 166_912;

    private const int Multiprocessors = 108;
    private const int LanesOfMultiprocessor = 64; // float32 results a cycle
    private const int KilohertzOfCores = 1_410_000;
    private const double SecondsOfLaunch = 2e-6;
    private const double BytesPerSecondOfLink = 25e9;
    private const double BytesPerSecondOfMemory = 1555e9;
    private const long Memory = 40L << 30;

    /// <summary>Its memory; no more than the host has.</summary>
    public static long MemoryBytes => Math.Min(Memory, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>A property; null where it is not known.</summary>
    public static int? Attribute(DeviceAttribute attribute) => attribute switch
    {
        DeviceAttribute.MaxThreadsPerBlock => ThreadsOfBlock,
        DeviceAttribute.MaxBlockDimX or DeviceAttribute.MaxBlockDimY => 1024,
        DeviceAttribute.MaxBlockDimZ => 64,
        DeviceAttribute.MaxGridDimX => int.MaxValue,
        DeviceAttribute.MaxGridDimY or DeviceAttribute.MaxGridDimZ => 65_535,
        DeviceAttribute.MaxSharedMemoryPerBlock => SharedBytesWithoutAsking,
        DeviceAttribute.TotalConstantMemory => 65_536,
        DeviceAttribute.WarpSize => 32,
        DeviceAttribute.MaxRegistersPerBlock or DeviceAttribute.MaxRegistersPerMultiprocessor => Registers,
        DeviceAttribute.ClockRate => KilohertzOfCores,
        DeviceAttribute.MultiprocessorCount => Multiprocessors,
        DeviceAttribute.MemoryClockRate => 1_215_000,
        DeviceAttribute.GlobalMemoryBusWidth => 5120,
        DeviceAttribute.L2CacheSize => 40 << 20,
        DeviceAttribute.MaxThreadsPerMultiprocessor => 2048,
        DeviceAttribute.ComputeCapabilityMajor => Capability / 10,
        DeviceAttribute.ComputeCapabilityMinor => Capability % 10,
        DeviceAttribute.MaxSharedMemoryPerMultiprocessor => 167_936,
        DeviceAttribute.CooperativeLaunch => 0,
        DeviceAttribute.MaxSharedMemoryPerBlockOptIn => SharedBytesOfBlock,
        DeviceAttribute.MaxBlocksPerMultiprocessor => 32,
        DeviceAttribute.ReservedSharedMemoryPerBlock => 1024,
        DeviceAttribute.MemoryPoolsSupported => 1,
        _ => null,
    };

    /// <summary>Modelled seconds of a launch: instructions at the rate of float32 arithmetic, or the traffic of its memory if it was
    /// counted and takes longer. The same in every run, and no measurement.</summary>
    public static double SecondsOf(LaunchResult launch) => SecondsOfLaunch + Math.Max(
        launch.Instructions / (1e3 * KilohertzOfCores * Multiprocessors * LanesOfMultiprocessor),
        (launch.Counters?.MemoryBytes ?? 0) / BytesPerSecondOfMemory);

    /// <summary>Modelled seconds of a copy between host and device.</summary>
    public static double SecondsOfCopy(nuint bytes) => SecondsOfLaunch + bytes / BytesPerSecondOfLink;

    /// <summary>Modelled seconds of a fill or a copy inside the device.</summary>
    public static double SecondsOfFill(nuint bytes) => SecondsOfLaunch + bytes / BytesPerSecondOfMemory;
}
