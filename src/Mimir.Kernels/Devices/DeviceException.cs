namespace Mimir.Kernels.Devices;

/// <summary>A device is missing, refused a kernel, or failed while it ran one. The message says which call, which kernel with its
/// grid and block, and the driver's name for the code.</summary>
public sealed class DeviceException(string message, Driver.DriverResult result = Driver.DriverResult.Success) : Exception(message)
{
    /// <summary>The driver's code; <see cref="Driver.DriverResult.Success"/> where no call failed, as when there is no driver.</summary>
    public Driver.DriverResult Result { get; } = result;
}
