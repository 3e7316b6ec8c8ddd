using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Hardware;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Cli.Options;

/// <summary>Where a command runs, and whether it answers with JSON.</summary>
internal sealed class DeviceOptions
{
    private const int MostThreads = 1024;

    private readonly Option<string> _device = OptionSyntax.Value(
        "--device", "cpu|cuda[:N]|emulator", "What runs the kernels; mimir devices lists what can (default: cuda where it answers, else cpu).");

    private readonly Option<string> _precision = OptionSyntax.Value(
        "--precision", "fp32|tf32|bf16", "What a GPU rounds the factors of matrix products and attention to; sums are fp32 (default fp32, the cpu's only one).");

    private readonly Option<string> _checks = OptionSyntax.Value(
        "--checks", EmulatorText.ChecksSyntax, "What the emulator checks at every access; off by default here, for checks take several times as long (default none).");

    private readonly Option<string> _threads = OptionSyntax.Value(
        "--threads", "N", $"Threads of the cpu or the emulator, 1 to {MostThreads}; results do not depend on it (default: every processor, {Environment.ProcessorCount} here).");

    private readonly Option<bool> _json = OptionSyntax.Switch("--json", "Prints one JSON document on stdout; everything else goes to stderr.");

    /// <summary>Under the heading of the run.</summary>
    public OptionGroup Group(string title) => new(title, [_device, _precision, _checks, _threads, _json]);

    /// <summary>With the devices whose times are of interest: for <see cref="OpenTimed"/>.</summary>
    public OptionGroup TimedGroup(string title) => new(title, [_device, _precision, _threads, _json]);

    /// <summary>Without a choice of device.</summary>
    public OptionGroup ThreadsGroup(string title) => new(title, [_threads, _json]);

    /// <summary>Whether the answer is JSON.</summary>
    public bool Json(ParseResult parse) => parse.IsGiven(_json);

    /// <summary>Whether the emulator was asked for.</summary>
    public bool IsEmulator(ParseResult parse) => Asked(parse) is { Kind: DeviceKind.Emulator };

    /// <summary>As <see cref="Open"/>, for times: the emulator's say nothing of a GPU.</summary>
    /// <exception cref="UsageException">As there, or the emulator is asked for.</exception>
    public Device OpenTimed(ParseResult parse)
    {
        UsageException.Require(!IsEmulator(parse), "--device emulator has no times that say anything of a GPU; mimir profile --device emulator counts what its kernels do");
        return Open(parse);
    }

    /// <summary>Opens the device that was asked for, or the best that answers.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="counters">Whether the emulator counts instructions and memory traffic.</param>
    /// <exception cref="UsageException">It is unknown, cannot be used here, or does not go with another option.</exception>
    public Device Open(ParseResult parse, bool counters = false)
    {
        var asked = Asked(parse);
        var precision = Precision(parse);
        UsageException.Require(
            asked is { Kind: DeviceKind.Emulator } || !parse.IsGiven(_checks), "--checks has no effect without --device emulator");
        try
        {
            switch (asked?.Kind)
            {
                case DeviceKind.Emulator:
                    return PtxDevice.OpenEmulator(
                        new EmulatorOptions
                        {
                            Checks = parse.Text(_checks) is { } checks ? EmulatorText.Checks("--checks", checks) : EmulatorChecks.None,
                            Counters = counters,
                            Threads = Threads(parse),
                        },
                        precision);
                case DeviceKind.Cuda:
                    UsageException.Require(!parse.IsGiven(_threads), "--threads has no effect with --device cuda");
                    return PtxDevice.OpenCuda(asked.Value.Ordinal, precision);
                case null when !parse.IsGiven(_threads) && HardwareSurvey.TryOpenCuda(precision, out var card):
                    return card;
            }
        }
        catch (DeviceException e)
        {
            throw new UsageException($"--device {asked} cannot be used: {e.Message}; use --device cpu");
        }

        UsageException.Require(
            precision == MatrixPrecision.Float32, $"--precision {precision.Name()} needs --device cuda or --device emulator: the cpu multiplies in fp32");
        return OpenCpu(parse);
    }

    /// <summary>Opens the host.</summary>
    /// <exception cref="UsageException">The number of threads is out of range.</exception>
    public HostDevice OpenCpu(ParseResult parse) => new(Threads(parse));

    private int Threads(ParseResult parse)
    {
        var threads = parse.Text(_threads) is { } text ? OptionText.Whole("--threads", text, 1) : 0;
        UsageException.Require(threads <= MostThreads, $"--threads {threads} must be at most {MostThreads}");
        return threads;
    }

    private DeviceId? Asked(ParseResult parse)
    {
        try
        {
            return parse.Text(_device) is { } text ? DeviceId.Parse(text) : null;
        }
        catch (FormatException e)
        {
            throw new UsageException($"--device {e.Message}");
        }
    }

    private MatrixPrecision Precision(ParseResult parse)
    {
        try
        {
            return parse.Text(_precision) is { } text ? MatrixPrecisions.Parse(text) : MatrixPrecision.Float32;
        }
        catch (FormatException e)
        {
            throw new UsageException($"--precision {e.Message}");
        }
    }
}
