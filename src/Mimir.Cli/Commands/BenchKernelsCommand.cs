using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Benchmarks.Cases;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir bench kernels</c>: every kernel beside its limit.</summary>
internal sealed class BenchKernelsCommand : Verb
{
    private const double SecondsBetweenLines = 5;

    private readonly DeviceOptions _device = new();

    private readonly Option<string> _family = OptionSyntax.Value(
        "--family", "NAME", $"Only this family: {string.Join(", ", KernelCases.Families)} (default: all).");

    /// <inheritdoc/>
    public override string Name => "bench kernels";

    /// <inheritdoc/>
    public override string Summary => "Times every kernel at the models' shapes, beside the peak or the bandwidth that limits it.";

    /// <inheritdoc/>
    public override string Usage => "[options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [new OptionGroup("Cases", [_family]), _device.TimedGroup("Run")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } =
    [
        "A step gives each kernel call one lane: --threads 1 shows the kernels as a step runs them. Linear layers are shaped rows x inputs x outputs, general "
            + "products m x n x k, attention images x tokens x heads x head size.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var cases = Cases(parse.Text(_family));
        using var device = _device.OpenTimed(parse);
        using var interruption = new Interruption(context);
        var (limits, timings) = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
        {
            display.Line(RunHeader.Title(Name, device));
            return KernelBenchmark.Run(
                device, cases,
                (done, next) => display.Report((double)done / cases.Count, $"{done}/{cases.Count} kernels, now {next.Family} {next.Note}"), interruption.Token);
        });
        var report = new KernelsReport(
            limits.PeakGflops, [.. limits.Levels.Select(level => new LevelReport(level.Name, level.GigabytesPerSecond))], [.. timings.Select(KernelReport.Of)])
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

    private static IReadOnlyList<KernelCase> Cases(string? family)
    {
        if (family is null)
            return KernelCases.All;
        KernelCase[] cases = [.. KernelCases.All.Where(one => string.Equals(one.Family, family, StringComparison.OrdinalIgnoreCase))];
        UsageException.Require(
            cases.Length > 0, $"--family '{family}' is unknown{Suggestion.For(family, KernelCases.Families)}; use one of {string.Join(", ", KernelCases.Families)}");
        return cases;
    }

    private static void Write(KernelsReport report, TextWriter output)
    {
        var table = new TextTable(
            ("kernel", false), ("shape", true), ("note", false), ("ms", true), ("best", true), ("GFLOP/s", true), ("GB/s", true), ("of peak", true), ("bound", false));
        foreach (var one in report.Kernels)
        {
            table.Add(
                one.Kernel, one.Shape, one.Note, $"{one.Milliseconds:0.0000}", $"{one.MillisecondsBest:0.0000}", $"{one.Gflops:0.0}", $"{one.GigabytesPerSecond:0.0}",
                $"{100 * one.ShareOfPeak:0} %", OptionText.Word(one.Bound));
        }

        table.Write(output);
        output.WriteLine(MachineText.Limits(report.PeakGflops, report.Bandwidths));
    }
}
