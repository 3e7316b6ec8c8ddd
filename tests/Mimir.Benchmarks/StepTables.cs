using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Benchmarks;

/// <summary>The standard steps of <c>mimir bench step</c>, each with the profile of <c>mimir profile</c>, as tables for the results folder.</summary>
internal static class StepTables
{
    /// <summary>Prints the tables.</summary>
    /// <param name="args"><c>--threads N</c> (default all), <c>--repetitions N</c> (default 5), <c>--case N</c> (default all three models).</param>
    public static void Run(string[] args)
    {
        var only = Arguments.Number(args, "--case", -1);
        var limit = new StepLimit(Arguments.Number(args, "--repetitions", 5));
        using var device = new HostDevice(Arguments.Number(args, "--threads", 0));
        for (var i = 0; i < StepCase.Standard.Count; i++)
        {
            var (model, batch) = StepCase.Standard[i];
            foreach (var task in Enum.GetValues<StepTask>().Where(_ => only < 0 || i == only))
                Write(device, StepCase.Of(task, model, batch), limit);
        }
    }

    private static void Write(HostDevice device, StepCase what, StepLimit limit)
    {
        var timing = StepBenchmark.Measure(device, what, limit, (_, _) => { }, default);
        Console.WriteLine();
        Console.WriteLine(
            $"{what}: {what.Batch / timing.Seconds.Median:F1} images/s (best {what.Batch / timing.Seconds.Best:F1}), {what.FlopsOfImage / 1e9:F3} GFLOP an image, "
                + $"{timing.ShareOfPeak:P0} of {timing.PeakGflops:F0} GFLOP/s, {device.Lanes} threads, {timing.ResidentBytes >> 20} MiB resident, "
                + $"{timing.AllocatedBytes} bytes allocated a step");
        var profile = StepProfile.Measure(device, what, new StepLimit(1), (_, _) => { }, default);
        Console.WriteLine("| kernel | shape | form | calls | ms | share of time | GFLOP/s a lane | GB/s a lane | of peak | bound |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        foreach (var row in profile.Rows)
        {
            Console.WriteLine(
                $"| {row.Kernel} | {row.Shape} | {row.Shape.Form} | {row.Calls} | {row.Seconds * 1e3:F1} | {row.Share:P1} | {row.Rate.Gflops:F1} "
                    + $"| {row.Rate.GigabytesPerSecond:F1} | {row.Rate.ShareOfPeak:P0} | {row.Rate.Bound.ToString().ToLowerInvariant()} |");
        }

        for (var lane = 0; lane < profile.OutsideSeconds.Count; lane++)
            Console.WriteLine($"| outside kernels, lane {lane} | | | | {profile.OutsideSeconds[lane] * 1e3:F1} | {profile.OutsideSeconds[lane] / profile.Seconds / device.Lanes:P1} | | | | |");
    }
}
