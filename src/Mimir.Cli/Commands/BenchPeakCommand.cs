using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir bench peak</c>: what the machine does at best.</summary>
internal sealed class BenchPeakCommand : Verb
{
    private readonly DeviceOptions _device = new();

    /// <inheritdoc/>
    public override string Name => "bench peak";

    /// <inheritdoc/>
    public override string Summary => "Measures the multiply-add peak and the bandwidth of caches and memory, of one core and of all threads.";

    /// <inheritdoc/>
    public override string Usage => "[options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [_device.ThreadsGroup("Run")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        $"The peak is that of fused multiply-adds in registers. Bandwidth is that of {MemoryLevel.Kernel}: two arrays are read and one of them is written, "
            + "each lane on its own arrays. The arrays fill half of the cache, or four times the last cache for dram.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        using var device = _device.OpenCpu(parse);
        var all = MachineLimits.Probe(device);
        using var single = new HostDevice(1, device.Width);
        var one = MachineLimits.Probe(single);
        var report = new PeakReport(one.PeakGflops, all.PeakGflops, MemoryLevel.Kernel, [.. all.Levels.Select(level => new BandwidthReport(
            level.Name, one.Levels.FirstOrDefault(other => other.Name == level.Name)?.GigabytesPerSecond, level.GigabytesPerSecond))])
        {
            Verb = Name,
            Device = device.Id.ToString(),
            Threads = device.Lanes,
            SimdBits = device.SimdBits,
            Seed = null,
        };
        if (_device.Json(parse))
            JsonOutput.Write(context.Out, report);
        else
            Write(report, context.Out);
        return ExitCode.Done;
    }

    private static void Write(PeakReport report, TextWriter output)
    {
        var table = new TextTable(("", false), ("one core", true), ($"{report.Threads} thread{(report.Threads == 1 ? "" : "s")}", true), ("", false));
        table.Add("multiply-adds", $"{report.PeakGflopsOneCore:0}", $"{report.PeakGflops:0}", "GFLOP/s");
        foreach (var level in report.Bandwidths)
            table.Add(level.Level, $"{level.GigabytesPerSecondOneCore:0.0}", $"{level.GigabytesPerSecond:0.0}", "GB/s");
        table.Write(output);
        output.WriteLine($"bandwidth of {report.BandwidthKernel}");
    }
}
