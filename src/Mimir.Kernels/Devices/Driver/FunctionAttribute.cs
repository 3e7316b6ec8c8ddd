namespace Mimir.Kernels.Devices.Driver;

/// <summary>What can be asked of a kernel, by the driver's numbers.</summary>
public enum FunctionAttribute
{
    MaxThreadsPerBlock = 0,

    /// <summary>Static shared memory.</summary>
    SharedSizeBytes = 1,
    ConstSizeBytes = 2,

    /// <summary>Local memory of a thread: what the compiler spilled, and arrays.</summary>
    LocalSizeBytes = 3,

    /// <summary>Registers of a thread.</summary>
    NumRegs = 4,
    PtxVersion = 5,
    BinaryVersion = 6,
    CacheModeCa = 7,

    /// <summary>Dynamic shared memory that a launch may ask for; can be set.</summary>
    MaxDynamicSharedSizeBytes = 8,

    /// <summary>Per cent of the first-level cache; can be set.</summary>
    PreferredSharedMemoryCarveout = 9,
}
