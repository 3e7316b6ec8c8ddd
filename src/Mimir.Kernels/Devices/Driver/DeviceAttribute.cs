namespace Mimir.Kernels.Devices.Driver;

/// <summary>What can be asked of a device, by the driver's numbers.</summary>
public enum DeviceAttribute
{
    MaxThreadsPerBlock = 1,
    MaxBlockDimX = 2,
    MaxBlockDimY = 3,
    MaxBlockDimZ = 4,
    MaxGridDimX = 5,
    MaxGridDimY = 6,
    MaxGridDimZ = 7,
    MaxSharedMemoryPerBlock = 8,
    TotalConstantMemory = 9,
    WarpSize = 10,
    MaxRegistersPerBlock = 12,

    /// <summary>In kHz.</summary>
    ClockRate = 13,
    MultiprocessorCount = 16,

    /// <summary>In kHz.</summary>
    MemoryClockRate = 36,

    /// <summary>In bits.</summary>
    GlobalMemoryBusWidth = 37,
    L2CacheSize = 38,
    MaxThreadsPerMultiprocessor = 39,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerMultiprocessor = 81,
    MaxRegistersPerMultiprocessor = 82,
    CooperativeLaunch = 95,

    /// <summary>The most that <see cref="FunctionAttribute.MaxDynamicSharedSizeBytes"/> can allow a block.</summary>
    MaxSharedMemoryPerBlockOptIn = 97,
    MaxBlocksPerMultiprocessor = 106,
    ReservedSharedMemoryPerBlock = 111,
    MemoryPoolsSupported = 115,
}
