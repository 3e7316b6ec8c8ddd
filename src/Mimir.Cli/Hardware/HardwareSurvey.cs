using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Opens the first NVIDIA card, where a driver and a card answer.</summary>
    public static bool TryOpenCuda(MatrixPrecision precision, [NotNullWhen(true)] out Device? card)
    {
        card = null;
        if (!HasCudaDriver())
            return false;
        try
        {
            card = PtxDevice.OpenCuda(0, precision);
            return true;
        }
        catch (DeviceException)
        {
            return false; // mimir devices says why
        }
    }

    private static string CudaLibrary => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    // Cheap where there is none, so that the tool starts fast.
    private static bool HasCudaDriver()
    {
        if (!NativeLibrary.TryLoad(CudaLibrary, out var library))
            return false;
        NativeLibrary.Free(library);
        return true;
    }
}
