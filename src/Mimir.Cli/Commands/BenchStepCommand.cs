using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir bench step</c>: whole steps as training runs them.</summary>
internal sealed class BenchStepCommand : Verb
{
    private const int DefaultRepetitions = 5;

    private readonly DeviceOptions _device = new();

    private StepOptions Step => field ??= new("all three", DefaultRepetitions); // made when asked for, so that the tool starts fast

    /// <inheritdoc/>
    public override string Name => "bench step";

    /// <inheritdoc/>
    public override string Summary => "Times whole steps of pre-training, fine-tuning and evaluation, as the runs make them, on random 32x32 images.";

    /// <inheritdoc/>
    public override string Usage => "[--task pretrain|finetune|eval] [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [.. Step.Groups, _device.TimedGroup("Run")];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes =>
    [
        "Without --model and its kin it times vit_ti with 4x4 patches (batch 128), vit_ti with 2x2 patches (64) and vit_small with 4x4 patches (64). " + StepOptions.Tasks,
        "Work is the usual count: 2 for a multiply-add of linear layers and attention, 0 for all else. Memory is what was resident at most during the timed steps.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var cases = Step.Cases(parse);
        var limit = Step.Limit(parse);
        using var device = _device.OpenTimed(parse);
        using var interruption = new Interruption(context);
        var timings = ProgressDisplay.Run(context, interval: 0, display =>
        {
            display.Line(RunHeader.Title(Name, device));
            return cases.Select((what, i) => StepBenchmark.Measure(
                device, what, limit,
                (count, seconds) => display.Report((i + (double)count / limit.Repetitions) / cases.Count, StepText.Progress(what, count, seconds)),
                interruption.Token)).ToArray();
        });
        var report = new StepsReport([.. timings.Select(timing => StepReport.Of(timing, device.Lanes))])
        {
            Verb = Name,
            Device = device.Id.ToString(),
            Threads = device.Lanes,
            SimdBits = device.SimdBits,
            Seed = StepUnderTest.Seed,
        };
        if (_device.Json(parse))
            JsonOutput.Write(context.Out, report);
        else
            Write(report, context.Out);
        return ExitCode.Done;
    }

    private static void Write(StepsReport report, TextWriter output)
    {
        var table = new TextTable(
            ("task", false), ("model", false), ("patch", true), ("batch", true), ("images/s", true), ("best", true), ("s/step", true), ("best", true),
            ("GFLOP/image", true), ("GFLOP/s peak", true), ("of peak", true), ("MiB", true), ("allocated", true));
        foreach (var one in report.Steps)
        {
            table.Add(
                OptionText.Word(one.Task), one.Model, $"{one.Patch}", $"{one.Batch}", $"{one.ImagesPerSecond:0.0}", $"{one.ImagesPerSecondBest:0.0}", $"{one.SecondsPerStep:0.000}",
                $"{one.SecondsPerStepBest:0.000}", $"{one.GflopPerImage:0.000}", $"{one.PeakGflops:0}", $"{100 * one.ShareOfPeak:0.0} %", $"{one.RssMib:0}",
                $"{one.AllocatedBytesPerStep} B");
        }

        table.Write(output);
    }
}
