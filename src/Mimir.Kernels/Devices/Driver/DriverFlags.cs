namespace Mimir.Kernels.Devices.Driver;

/// <summary>How a stream is made.</summary>
public enum StreamFlags : uint
{
    /// <summary>Ordered with stream 0.</summary>
    Default = 0,

    /// <summary>Not ordered with stream 0.</summary>
    NonBlocking = 1,
}

/// <summary>How an event is made.</summary>
[Flags]
public enum EventFlags : uint
{
    /// <summary>It measures time.</summary>
    Default = 0,

    /// <summary>Whoever waits sleeps instead of spinning.</summary>
    BlockingSync = 1,

    /// <summary>It orders work and measures nothing.</summary>
    DisableTiming = 2,
}

/// <summary>What a capture forbids meanwhile.</summary>
public enum CaptureMode
{
    /// <summary>Calls that could interfere, in every thread.</summary>
    Global = 0,

    /// <summary>Calls that could interfere, in the thread that captures.</summary>
    ThreadLocal = 1,

    /// <summary>Nothing.</summary>
    Relaxed = 2,
}

/// <summary>What can be set on a memory pool.</summary>
public enum MemoryPoolAttribute
{
    /// <summary>Bytes that the pool keeps when a stream is waited for.</summary>
    ReleaseThreshold = 4,
}
