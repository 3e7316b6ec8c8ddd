using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Hardware;
using Mimir.Kernels.Devices;

namespace Mimir.Cli.Options;

/// <summary>Where a command runs, and whether it answers with JSON.</summary>
internal sealed class DeviceOptions
{
    private const int MostThreads = 1024;

    private readonly Option<string> _device = OptionSyntax.Value("--device", "cpu|cuda[:N]|emulator", "What runs the kernels; mimir devices lists what can (default cpu).");
    private readonly Option<string> _threads = OptionSyntax.Value(
        "--threads", "N", $"Threads of the cpu, 1 to {MostThreads}; results do not depend on it (default: every processor, {Environment.ProcessorCount} here).");

    private readonly Option<bool> _json = OptionSyntax.Switch("--json", "Prints one JSON document on stdout; everything else goes to stderr.");

    /// <summary>Under the heading of the run.</summary>
    public OptionGroup Group(string title) => new(title, [_device, _threads, _json]);

    /// <summary>Without a choice of device.</summary>
    public OptionGroup ThreadsGroup(string title) => new(title, [_threads, _json]);

    /// <summary>Whether the answer is JSON.</summary>
    public bool Json(ParseResult parse) => parse.IsGiven(_json);

    /// <summary>Opens the device that was asked for.</summary>
    /// <exception cref="UsageException">It is unknown or cannot be used here.</exception>
    public HostDevice Open(ParseResult parse)
    {
        var id = DeviceId.Cpu;
        try
        {
            id = DeviceId.Parse(parse.Text(_device) ?? "cpu");
        }
        catch (FormatException e)
        {
            throw new UsageException($"--device {e.Message}");
        }

        if (HardwareSurvey.WhyNot(id.Kind) is { } reason)
            throw new UsageException($"--device {id} cannot be used: {reason}; use --device cpu");
        return OpenCpu(parse);
    }

    /// <summary>Opens the host.</summary>
    /// <exception cref="UsageException">The number of threads is out of range.</exception>
    public HostDevice OpenCpu(ParseResult parse)
    {
        var threads = parse.Text(_threads) is { } text ? OptionText.Whole("--threads", text, 1) : 0;
        UsageException.Require(threads <= MostThreads, $"--threads {threads} must be at most {MostThreads}");
        return new HostDevice(threads);
    }
}
