namespace Mimir.Kernels.Devices.Driver;

/// <summary>Options of the driver's compiler. Each has a pointer-sized slot; integers stand in the slot itself.</summary>
public enum JitOption
{
    MaxRegisters = 0,

    /// <summary>Address of a buffer for text about the compilation.</summary>
    InfoLogBuffer = 3,

    /// <summary>Its size; after the call the bytes written, in the same slot.</summary>
    InfoLogBufferSizeBytes = 4,

    /// <summary>Address of a buffer for errors.</summary>
    ErrorLogBuffer = 5,

    /// <summary>Its size; after the call the bytes written, in the same slot.</summary>
    ErrorLogBufferSizeBytes = 6,

    /// <summary>0 to 4.</summary>
    OptimizationLevel = 7,

    /// <summary>1 for registers and spills in the information log.</summary>
    LogVerbose = 12,

    /// <summary>1 for the PTX lines in profilers.</summary>
    GenerateLineInfo = 13,
}
