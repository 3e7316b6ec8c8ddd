using System.Diagnostics;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Devices.Driver.Emulated;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Emulation;

namespace Mimir.Runtime.Benchmarks;

/// <summary>What the kernels of one step do, counted by the emulator: the time is the emulator's and says nothing of a GPU.</summary>
/// <param name="Case">What ran.</param>
/// <param name="Seconds">How long the emulation took.</param>
/// <param name="Kernels">By entry, the most instructions first.</param>
public sealed record StepCounters(StepCase Case, double Seconds, IReadOnlyList<CountedKernel> Kernels)
{
    /// <summary>Runs a step.</summary>
    /// <param name="device">An emulator that was opened with counters.</param>
    /// <param name="what">The case.</param>
    /// <exception cref="ArgumentException">The device is no emulator.</exception>
    public static StepCounters Measure(Device device, StepCase what)
    {
        var emulator = (device as PtxDevice)?.Emulator ?? throw new ArgumentException($"{device.Id} counts nothing", nameof(device));
        using var step = StepUnderTest.Of(device, what);
        emulator.Findings.Clear();
        var start = Stopwatch.GetTimestamp();
        step.Run();
        device.Synchronise();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new StepCounters(
            what, seconds,
            [.. emulator.Findings.Launches.GroupBy(launch => launch.Kernel, launch => launch.Counters with { Lines = [] })
                .Select(kernel => CountedKernel.Of(kernel.Key, KernelCounters.Sum([.. kernel])))
                .OrderByDescending(kernel => kernel.Counters.Instructions.Warps)]);
    }
}
