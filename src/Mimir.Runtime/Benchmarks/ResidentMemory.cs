using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>The memory of this process that is in the machine's RAM, for one piece of work at a time.</summary>
public static unsafe class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearRefs = "/proc/self/clear_refs";
    private const string ResetPeak = "5";
    private const int KibibyteShift = 10;

    /// <summary>Gives back what disposed objects still hold, so that the next piece of work is not charged with it: the managed heap's
    /// free pages, and those that the C library keeps for later allocations.</summary>
    public static void GiveBack()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library))
        {
            if (NativeLibrary.TryGetExport(library, "malloc_trim", out var trim)) // only glibc has it, and only glibc needs it
                ((delegate* unmanaged<nuint, int>)trim)(0);
            NativeLibrary.Free(library);
        }
    }

    /// <summary>Starts the peak afresh, where the system can.</summary>
    /// <returns>Whether <see cref="Peak"/> tells the peak from now on; else it tells what is resident when it is asked.</returns>
    public static bool TryResetPeak()
    {
        try
        {
            if (!File.Exists(ClearRefs))
                return false;
            File.WriteAllText(ClearRefs, ResetPeak);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false; // some containers forbid it
        }
    }

    /// <summary>Bytes resident at the highest since <see cref="TryResetPeak"/> succeeded, or now.</summary>
    public static long Peak(bool reset) => reset && Kibibytes("VmHWM:") is { } peak ? peak << KibibyteShift : Environment.WorkingSet;

    private static long? Kibibytes(string field)
    {
        var line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.TryParse(line?[field.Length..].Replace("kB", "").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}
