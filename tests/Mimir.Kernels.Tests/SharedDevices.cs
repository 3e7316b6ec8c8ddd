using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>Ends the devices that the tests share.</summary>
[SetUpFixture]
public class SharedDevices
{
    [OneTimeTearDown]
    public void End()
    {
        if (Program.IsNarrow)
            return;
        foreach (Device device in (Device[])[.. KernelCases.DevicesOfEveryPrecision])
            device.Dispose();
    }
}
