using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Benchmarks.Cases;

namespace Mimir.Benchmarks;

/// <summary>The kernel cases of <c>mimir bench kernels</c> as a table for the results folder, at any SIMD width.</summary>
internal static class KernelTables
{
    /// <summary>Prints the table.</summary>
    /// <param name="args"><c>--threads N</c> (default 1), <c>--width 32|128|256|512</c> (default the widest), <c>--family NAME</c> (default all).</param>
    public static void Run(string[] args)
    {
        var width = (SimdWidth)Arguments.Number(args, "--width", (int)HostDevice.WidestHere);
        var family = Arguments.Text(args, "--family");
        using var device = new HostDevice(Arguments.Number(args, "--threads", 1), width);
        var cases = KernelCases.All.Where(one => family is null || one.Family == family);
        var (limits, timings) = KernelBenchmark.Run(device, [.. cases], (_, _) => { }, default);
        Console.WriteLine($"{device.Description}; {limits.PeakGflops:F0} GFLOP/s; {string.Join(", ", limits.Levels.Select(level => $"{level.Name} {level.GigabytesPerSecond:F0} GB/s"))}");
        Console.WriteLine();
        Console.WriteLine("| kernel | shape | note | ms | best | GFLOP/s | GB/s | of peak | bound |");
        Console.WriteLine("| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |");
        foreach (var timing in timings)
        {
            Console.WriteLine(
                $"| {timing.Kernel} | {timing.Shape} | {timing.Note} | {timing.Seconds.Median * 1e3:F4} | {timing.Seconds.Best * 1e3:F4} "
                    + $"| {timing.Rate.Gflops:F1} | {timing.Rate.GigabytesPerSecond:F1} | {timing.Rate.ShareOfPeak:P0} | {timing.Rate.Bound.ToString().ToLowerInvariant()} |");
        }
    }
}
