using System.Text.RegularExpressions;

namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>Names and meanings of the driver's codes, for a driver that is not NVIDIA's.</summary>
internal static partial class DriverResultNames
{
    /// <summary>As <c>cuGetErrorName</c> gives it, such as <c>CUDA_ERROR_INVALID_VALUE</c>.</summary>
    public static string NameOf(DriverResult result) => result switch
    {
        DriverResult.Success => "CUDA_SUCCESS",
        _ when Enum.IsDefined(result) => "CUDA_ERROR_" + WordStart().Replace(result.ToString(), "_$0").ToUpperInvariant(),
        _ => $"code {(int)result}",
    };

    /// <summary>A few words.</summary>
    public static string MeaningOf(DriverResult result) => result switch
    {
        DriverResult.Success => "no error",
        DriverResult.InvalidValue => "invalid argument",
        DriverResult.OutOfMemory => "out of memory",
        DriverResult.NotInitialized => "cuInit was not called",
        DriverResult.InvalidContext => "no context, or not this thread's",
        DriverResult.InvalidImage => "the image is no module",
        DriverResult.InvalidPtx => "a PTX JIT compilation failed",
        DriverResult.InvalidHandle => "invalid handle",
        DriverResult.NotFound => "named symbol not found",
        DriverResult.IllegalAddress => "an illegal memory access was encountered",
        DriverResult.LaunchOutOfResources => "too many resources requested for launch",
        DriverResult.LaunchTimeout => "the launch did not end",
        DriverResult.MisalignedAddress => "misaligned address",
        DriverResult.InvalidAddressSpace => "operation not supported on this address space",
        DriverResult.LaunchFailed => "launch failure",
        DriverResult.NotSupported => "operation not supported",
        DriverResult.StreamCaptureUnsupported => "operation not permitted when a stream is capturing",
        DriverResult.StreamCaptureInvalidated => "the capture was ended by a forbidden operation",
        DriverResult.StreamCaptureUnmatched => "the capture began in another stream",
        DriverResult.StreamCaptureUnjoined => "a stream that forked off the capture was not joined again",
        DriverResult.StreamCaptureImplicit => "operation would depend on the legacy stream",
        DriverResult.CapturedEvent => "the event was recorded in a capture",
        DriverResult.GraphExecUpdateFailure => "the graph has another form than the executable",
        _ => NameOf(result),
    };

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
