using System.CommandLine;
using Mimir.Cli.Hardware;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir devices</c>: what can be used here.</summary>
internal sealed class DevicesCommand : Verb
{
    private const int PeakMilliseconds = 15; // as good as longer ones: the clock is up after starting the runtime

    private readonly DeviceOptions _device = new();

    /// <inheritdoc/>
    public override string Name => "devices";

    /// <inheritdoc/>
    public override string Summary => "Lists what can be used here, with measured peaks, and why something cannot.";

    /// <inheritdoc/>
    public override string Usage => "[options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [_device.ThreadsGroup("Run")];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        using var device = _device.OpenCpu(parse);
        DeviceReport[] devices = [.. Enum.GetValues<DeviceKind>().Select(kind => Describe(kind, device))];
        if (_device.Json(parse))
        {
            JsonOutput.Write(context.Out, new DevicesReport(devices)
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Team.Threads,
                SimdBits = (int)device.Width,
                Seed = null,
            });
            return ExitCode.Done;
        }

        // Plain lines: the library that aligns the other verbs' tables takes longer to load than all of this.
        WriteRow(context.Out, "device", "usable", "");
        foreach (var entry in devices)
        {
            var numbers = entry.PeakGflops is { } peak ? $", {peak:0} GFLOP/s measured, {entry.MemoryBytes / (double)(1 << 30):0.0} GiB memory" : "";
            WriteRow(context.Out, entry.Name, entry.Usable ? "yes" : "no", entry.Description + numbers);
        }

        return ExitCode.Done;
    }

    private static void WriteRow(TextWriter output, string name, string usable, string description) =>
        output.WriteLine($"{name,-10}{usable,-8}{description}".TrimEnd());

    private static DeviceReport Describe(DeviceKind kind, HostDevice host) => HardwareSurvey.WhyNot(kind) is { } reason
        ? new DeviceReport(kind.ToString().ToLowerInvariant(), false, reason, null, null)
        : new DeviceReport(host.Id.ToString(), true, $"{HardwareSurvey.ProcessorName()}, {host.Description}", MachinePeak.GigaflopsPerSecond(host, PeakMilliseconds), HardwareSurvey.MemoryBytes);
}
