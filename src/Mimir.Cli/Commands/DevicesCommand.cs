using System.CommandLine;
using Mimir.Cli.Hardware;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Benchmarks;

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
        DeviceReport[] devices = [Cpu(device), .. Cards(), Emulator(device.Lanes)];
        if (_device.Json(parse))
        {
            JsonOutput.Write(context.Out, new DevicesReport(devices)
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Lanes,
                SimdBits = device.SimdBits,
                Seed = null,
            });
            return ExitCode.Done;
        }

        // Plain lines: the library that aligns the other verbs' tables takes longer to load than all of this.
        WriteRow(context.Out, "device", "usable", "");
        foreach (var entry in devices)
        {
            var peak = entry.PeakGflops is { } gflops ? $", {gflops:0} GFLOP/s measured" : "";
            var rate = entry.LaneInstructionsPerSecond is { } instructions ? $", {instructions / 1e9:0.00} G lane instructions/s measured" : "";
            var memory = entry.MemoryBytes is { } bytes ? $", {bytes / (double)(1 << 30):0.0} GiB memory" : "";
            WriteRow(context.Out, entry.Name, entry.Usable ? "yes" : "no", entry.Description + peak + rate + memory);
        }

        return ExitCode.Done;
    }

    private static void WriteRow(TextWriter output, string name, string usable, string description) =>
        output.WriteLine($"{name,-10}{usable,-8}{description}".TrimEnd());

    private static DeviceReport Cpu(HostDevice host) => new(
        host.Id.ToString(), true, $"{HardwareSurvey.ProcessorName()}, {host.Description}", MachinePeak.GigaflopsPerSecond(host, PeakMilliseconds), HardwareSurvey.MemoryBytes);

    // Every card that opens; where none does, why the first does not.
    private static List<DeviceReport> Cards()
    {
        var cards = new List<DeviceReport>();
        try
        {
            while (true)
            {
                using var card = PtxDevice.OpenCuda(cards.Count);
                cards.Add(new DeviceReport(card.Id.ToString(), true, card.Description, MachineLimits.PeakOf(card), null));
            }
        }
        catch (DeviceException e)
        {
            if (cards.Count == 0)
                cards.Add(new DeviceReport(DeviceKind.Cuda.ToString().ToLowerInvariant(), false, e.Message, null, null));
        }

        return cards;
    }

    private static DeviceReport Emulator(int threads)
    {
        try
        {
            using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Threads = threads });
            return new DeviceReport(emulator.Id.ToString(), true, emulator.Description, null, null, EmulatorSpeed.InstructionsPerSecond(emulator));
        }
        catch (DeviceException e)
        {
            return new DeviceReport(DeviceKind.Emulator.ToString().ToLowerInvariant(), false, e.Message, null, null);
        }
    }
}
