using System.Diagnostics;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Benchmarks;

/// <summary>All calls of one kernel with one shape in a step.</summary>
/// <param name="Kernel">Family and entry.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Calls">How many.</param>
/// <param name="Seconds">Lane time: a call that has several lanes counts once for each.</param>
/// <param name="Share">Of the step's lane time.</param>
/// <param name="Flops">Operations of all calls.</param>
/// <param name="Bytes">Bytes of all calls.</param>
/// <param name="Rate">Of one lane.</param>
public sealed record ProfileRow(
    string Kernel, KernelShape Shape, int Calls, double Seconds, double Share, double Flops, double Bytes, KernelRate Rate);

/// <summary>One steady step, by kernel and shape. The rows' times and <see cref="OutsideSeconds"/> add up to the step's time on every lane.</summary>
/// <param name="Case">What ran.</param>
/// <param name="Limits">What the machine can do, probed right behind the step.</param>
/// <param name="StartTicks">The step's start in <see cref="Stopwatch"/> ticks.</param>
/// <param name="EndTicks">Its end.</param>
/// <param name="Calls">Every kernel call.</param>
/// <param name="Rows">The longest first.</param>
/// <param name="OutsideSeconds">Of each lane, the time in which it ran no kernel: waiting for other lanes, or other code.</param>
public sealed record StepProfile(
    StepCase Case, MachineLimits Limits, long StartTicks, long EndTicks, IReadOnlyList<KernelCall> Calls, IReadOnlyList<ProfileRow> Rows,
    IReadOnlyList<double> OutsideSeconds)
{
    /// <summary>How long the step took.</summary>
    public double Seconds => InSeconds(EndTicks - StartTicks);

    /// <summary>Profiles the steps that a limit allows, and returns the one of median length.</summary>
    public static StepProfile Measure(Device device, StepCase what, StepLimit limit, Action<int, double> progress, CancellationToken cancellation)
    {
        using var step = StepUnderTest.Of(device, what);
        StepBenchmark.WarmUp(step, cancellation);
        var recorder = new CallRecorder(device.Lanes);
        Record(device, step, recorder); // makes the lists grow, outside of what is shown
        var steps = new List<(long Start, long End, KernelCall[] Calls)>();
        for (var clock = Stopwatch.StartNew(); steps.Count == 0 || (steps.Count < limit.Repetitions && clock.Elapsed.TotalSeconds < limit.Seconds);)
        {
            cancellation.ThrowIfCancellationRequested();
            recorder.Clear();
            var (start, end) = Record(device, step, recorder);
            steps.Add((start, end, [.. recorder.Calls]));
            progress(steps.Count, InSeconds(end - start));
        }

        var median = steps.OrderBy(one => one.End - one.Start).ElementAt(steps.Count / 2);
        return Of(what, MachineLimits.Probe(device), median.Start, median.End, median.Calls);
    }

    /// <summary>Sorts a step's calls into rows.</summary>
    internal static StepProfile Of(StepCase what, MachineLimits limits, long start, long end, IReadOnlyList<KernelCall> calls)
    {
        var laneTime = InSeconds(end - start) * limits.Lanes;
        var rows = calls.GroupBy(call => (call.Kernel, call.Shape)).Select(group =>
        {
            var (flops, bytes) = (group.Sum(call => call.Flops), group.Sum(call => call.Bytes));
            var seconds = group.Sum(call => InSeconds(call.EndTicks - call.StartTicks) * call.Lanes);
            var rate = limits.Rate(flops, bytes, seconds, lanes: 1, group.Max(call => call.Bytes / call.Lanes));
            return new ProfileRow(group.Key.Kernel, group.Key.Shape, group.Count(), seconds, seconds / laneTime, flops, bytes, rate);
        });
        var outside = new double[limits.Lanes];
        for (var lane = 0; lane < outside.Length; lane++)
            outside[lane] = InSeconds(end - start - calls.Where(call => call.Lane == lane || call.Lanes > 1).Sum(call => call.EndTicks - call.StartTicks));
        return new StepProfile(what, limits, start, end, calls, [.. rows.OrderByDescending(row => row.Seconds)], outside);
    }

    private static (long Start, long End) Record(Device device, StepUnderTest step, CallRecorder recorder)
    {
        device.Listener = recorder;
        try
        {
            var start = Stopwatch.GetTimestamp();
            step.Run();
            device.Synchronise();
            return (start, Stopwatch.GetTimestamp());
        }
        finally
        {
            device.Listener = null;
        }
    }

    private static double InSeconds(long ticks) => ticks / (double)Stopwatch.Frequency;
}
