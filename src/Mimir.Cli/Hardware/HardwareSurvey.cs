using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;

namespace Mimir.Cli.Hardware;

/// <summary>What this machine has.</summary>
internal static class HardwareSurvey
{
    private const string CpuInfo = "/proc/cpuinfo";

    /// <summary>Memory that this process may use, in bytes: the machine's, or its container's.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The processor's own name; the kind of processor where it does not tell.</summary>
    public static string ProcessorName()
    {
        if (File.Exists(CpuInfo))
        {
            var line = File.ReadLines(CpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null)
                return line[(line.IndexOf(':') + 1)..].Trim();
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>Why devices of a kind cannot be used here; null where they can.</summary>
    public static string? WhyNot(DeviceKind kind) => kind switch
    {
        DeviceKind.Cpu => null,
        DeviceKind.Cuda => HasCudaDriver() ? "this build has no CUDA kernels yet" : $"{CudaLibrary} was not found, so there is no NVIDIA driver",
        _ => "it is not in this version",
    };

    private static string CudaLibrary => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    private static bool HasCudaDriver()
    {
        if (!NativeLibrary.TryLoad(CudaLibrary, out var library))
            return false;
        NativeLibrary.Free(library);
        return true;
    }
}
