using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir profile</c>: where the time of a step goes.</summary>
internal sealed class ProfileCommand : Verb
{
    private const int DefaultRepetitions = 1;
    private const int EmulatedBatch = 4; // a step of vit_ti takes some minutes with counters; what a kernel does an image hardly depends on it

    private readonly DeviceOptions _device = new();

    private readonly Option<string> _trace = OptionSyntax.Value(
        "--trace", "FILE", "Also writes every kernel call of the step as a Chrome trace, which ui.perfetto.dev opens.");

    private StepOptions Step => field ??= new("pretrain", DefaultRepetitions); // made when asked for, so that the tool starts fast

    /// <inheritdoc/>
    public override string Name => "profile";

    /// <inheritdoc/>
    public override string Summary => "Shows where the time of one steady step goes, by kernel and shape, beside each kernel's limit.";

    /// <inheritdoc/>
    public override string Usage => "[--task pretrain|finetune|eval] [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [.. Step.Groups, new OptionGroup("Run", [_trace]), _device.Group("Run")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
    [
        StepOptions.Tasks + " Of several repetitions the one of median length is shown.",
        $"With --device emulator it counts instead: instructions, memory traffic, bank conflicts, divergence, operations and occupancy of every kernel (batch {EmulatedBatch} unless given).",
        "Times are lane times: a call that has the whole team counts on every lane, so rows and time outside kernels add up to the step's time on all lanes.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context) => _device.IsEmulator(parse) ? Count(parse, context) : Time(parse, context);

    private int Time(ParseResult parse, CliContext context)
    {
        var what = Step.One(parse);
        var limit = Step.Limit(parse);
        var trace = parse.Text(_trace);
        if (trace is not null)
            RequireFile(trace);
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        var profile = ProgressDisplay.Run(context, interval: 0, display =>
        {
            display.Line(RunHeader.Title(Name, device));
            return StepProfile.Measure(
                device, what, limit, (count, seconds) => display.Report((double)count / limit.Repetitions, StepText.Progress(what, count, seconds)), interruption.Token);
        });
        if (trace is not null)
            ChromeTrace.Write(trace, profile);
        var report = ProfileReport.Of(profile, trace, Name, device.Id.ToString(), device.SimdBits);
        if (_device.Json(parse))
            JsonOutput.Write(context.Out, report);
        else
            Write(report, profile, context.Out);
        return ExitCode.Done;
    }

    // On the emulator: one step, and what its kernels do in place of how long they take.
    private int Count(ParseResult parse, CliContext context)
    {
        UsageException.Require(!parse.IsGiven(_trace), "--trace has no effect with --device emulator, whose times say nothing of a GPU");
        UsageException.Require(!Step.LimitIsGiven(parse), "--repetitions and --seconds have no effect with --device emulator: every step does the same");
        var what = Step.One(parse, EmulatedBatch);
        using var device = _device.Open(parse, counters: true);
        context.Error.WriteLine(RunHeader.Title(Name, device));
        var counters = StepCounters.Measure(device, what);
        if (_device.Json(parse))
            JsonOutput.Write(context.Out, StepCountersReport.Of(counters, Name, device.Id.ToString()));
        else
            StepCountersTable.Write(counters, context.Out);
        return ExitCode.Done;
    }

    // Told before the step runs, not after.
    private static void RequireFile(string path)
    {
        UsageException.Require(path.Length > 0, "--trace is empty; give a file");
        UsageException.Require(!Directory.Exists(path), $"--trace {path} is a folder; give a file");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        UsageException.Require(Directory.Exists(folder), $"--trace {path}: the folder {folder} does not exist");
    }

    private static void Write(ProfileReport report, StepProfile profile, TextWriter output)
    {
        var table = new TextTable(
            ("kernel", false), ("shape", true), ("form", false), ("calls", true), ("ms", true), ("of time", true), ("GFLOP/s a lane", true), ("GB/s a lane", true),
            ("of peak", true), ("bound", false));
        foreach (var row in report.Kernels)
        {
            table.Add(
                row.Kernel, row.Shape, row.Form, $"{row.Calls}", $"{row.Milliseconds:0.0}", $"{100 * row.ShareOfTime:0.0} %", $"{row.Gflops:0.0}", $"{row.GigabytesPerSecond:0.0}",
                $"{100 * row.ShareOfPeak:0} %", OptionText.Word(row.Bound));
        }

        foreach (var lane in report.OutsideKernels)
            table.Add($"outside kernels, lane {lane.Lane}", "", "", "", $"{lane.Milliseconds:0.0}", $"{100 * lane.ShareOfTime:0.0} %", "", "", "", "");
        table.Write(output);
        output.WriteLine(
            $"{profile.Case}: {report.SecondsPerStep * 1e3:0.0} ms a step on {report.Threads} lane{(report.Threads == 1 ? "" : "s")}, "
                + $"{100 * report.ShareOfPeak:0.0} % of peak by {report.GflopPerImage:0.000} GFLOP an image; "
                + $"outside kernels {100 * report.OutsideKernels.Sum(lane => lane.ShareOfTime):0.0} % of all lane time");
        output.WriteLine(MachineText.Limits(report.PeakGflops, report.Bandwidths));
        if (report.Trace is not null)
            output.WriteLine($"trace of {profile.Calls.Count} calls in {report.Trace}; ui.perfetto.dev opens it");
    }
}
