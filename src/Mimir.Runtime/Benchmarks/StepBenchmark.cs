using System.Diagnostics;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>A timed step.</summary>
/// <param name="Case">What ran.</param>
/// <param name="Seconds">One step.</param>
/// <param name="Repetitions">Steps timed.</param>
/// <param name="PeakGflops">The machine's multiply-add peak, probed right behind the steps.</param>
/// <param name="ResidentBytes">The most memory that was resident while the steps ran.</param>
/// <param name="AllocatedBytes">Allocated on the managed heap by an average step.</param>
public sealed record StepTiming(
    StepCase Case, Measurement Seconds, int Repetitions, double PeakGflops, long ResidentBytes, long AllocatedBytes)
{
    /// <summary>Share of the peak at the median time, by the usual count of work.</summary>
    public double ShareOfPeak => Case.FlopsOfImage * Case.Batch / Seconds.Median / 1e9 / PeakGflops;
}

/// <summary>Times whole steps.</summary>
public static class StepBenchmark
{
    private const int MostWarmups = 2;
    private const double WarmupSeconds = 1;

    /// <summary>Times a case by itself: what ran before has given its memory back.</summary>
    /// <param name="device">Where.</param>
    /// <param name="what">The case.</param>
    /// <param name="limit">How often.</param>
    /// <param name="progress">Told after every timed step how many there were, and how long the last took.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static StepTiming Measure(Device device, StepCase what, StepLimit limit, Action<int, double> progress, CancellationToken cancellation)
    {
        ResidentMemory.GiveBack();
        using var step = StepUnderTest.Of(device, what);
        WarmUp(step, cancellation);
        var seconds = new double[limit.Repetitions];
        var count = 0;
        var allocated = 0L;
        var reset = ResidentMemory.TryResetPeak();
        for (var clock = Stopwatch.StartNew(); count == 0 || (count < limit.Repetitions && clock.Elapsed.TotalSeconds < limit.Seconds);)
        {
            cancellation.ThrowIfCancellationRequested();
            allocated -= GC.GetTotalAllocatedBytes(precise: true);
            var start = Stopwatch.GetTimestamp();
            step.Run();
            device.Synchronise();
            seconds[count] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            allocated += GC.GetTotalAllocatedBytes(precise: true);
            progress(count + 1, seconds[count]);
            count++;
        }

        var resident = ResidentMemory.Peak(reset);
        return new StepTiming(
            what, Measurement.Of(seconds.AsSpan(0, count)), count, MachineLimits.PeakOf(device), resident, allocated / count);
    }

    /// <summary>Runs a step until code is compiled and pools are full: twice, or once where it takes long.</summary>
    internal static void WarmUp(StepUnderTest step, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < MostWarmups && clock.Elapsed.TotalSeconds < WarmupSeconds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            step.Run();
        }
    }
}
