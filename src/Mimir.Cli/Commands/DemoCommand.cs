using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir demo</c>: the whole of MIMIR on the digits inside the tool. It is an ablation with a shorter table.</summary>
internal sealed class DemoCommand : Verb
{
    private const string RunTitle = "Run";
    private const string FromScratch = "from-scratch";
    private const double SecondsBetweenLines = 10;

    private readonly Option<bool> _quick = OptionSyntax.Switch("--quick", "The short form: a few epochs, under 40 seconds on two cores.");

    private readonly Option<string> _out = OptionSyntax.Value("--out", "DIR", "A new folder for the stages' run folders (default runs/demo-<date>-<time>).");

    private readonly DeviceOptions _device = new();

    private SettingGroup<AblationRecipe> Settings => field ??= new SettingGroup<AblationRecipe>(
        RunTitle, [Setting.Seed<AblationRecipe>("Decides every random draw", r => r.Seeds[0], (r, v) => r with { Seeds = [v] })]);

    /// <inheritdoc/>
    public override string Name => "demo";

    /// <inheritdoc/>
    public override string Summary => "The whole of MIMIR in a few minutes, on handwritten digits that are inside the tool.";

    /// <inheritdoc/>
    public override string Usage => "[--quick] [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [new OptionGroup(RunTitle, [_quick, _out]), Settings, _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var quick = parse.IsGiven(_quick);
        var recipe = Settings.Apply(AblationRecipe.Digits(quick), parse);
        recipe = recipe with { Arms = [.. recipe.Arms.Where(arm => arm != AblationArm.Scratch.Name), AblationArm.Scratch.Name] };
        var folder = parse.Text(_out) ?? Path.Combine("runs", $"demo-{DateTime.Now:yyyyMMdd-HHmmss}");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new RunFolderException($"--out {folder} is not empty; choose another folder");
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        var clock = Stopwatch.StartNew();
        try
        {
            var results = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                var watch = new AblationDisplay(display, recipe.Seeds.Count);
                var run = new AblationRun(recipe, device, folder, watch, interruption.Token);
                foreach (var line in Introduction(recipe, run, device))
                    display.Line(line);
                RunFolder.Prepare(folder, RunConfig.Of(AblationRun.Verb, recipe, device)).Begin();
                return run.Run();
            });
            var report = Report(recipe, quick, results, folder, clock.Elapsed.TotalSeconds, device);
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                Write(report, results[0].Evaluation.Columns[1].Name, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine($"mimir: interrupted; the state is saved; continue with: mimir {AblationRun.Verb} --resume {OptionText.Quoted(folder)}");
            return ExitCode.Interrupted;
        }
    }

    private IEnumerable<string> Introduction(AblationRecipe recipe, AblationRun run, Device device) =>
    [
        RunHeader.Title(Name, device),
        $"  {run.TrainImages.Count} training and {run.TestImages.Count} test images of handwritten digits; eps {recipe.Pretrain.Eps}, where paper is 0 and ink 1",
        $"  pre-training {recipe.Pretrain.Optimiser.Epochs} epochs with mae, adv-mae and mimir, each then fine-tuned {recipe.Finetune.Optimiser.Epochs} epochs with PGD; "
            + $"{FromScratch} has those {recipe.Finetune.Optimiser.Epochs} alone",
    ];

    private DemoReport Report(AblationRecipe recipe, bool quick, IReadOnlyList<ArmResult> results, string folder, double seconds, Device device) => new(
        folder, recipe.Pretrain.Eps, quick, results[0].Evaluation.Columns[0].Right.Length,
        [.. results.Select(result => new DemoRowReport(
            result.Arm.Method is { } method ? OptionText.Word(method) : FromScratch, Accuracy(result, 0), Accuracy(result, 1), result.Evaluation.Hsic, result.Seconds))],
        seconds)
    {
        Verb = Name,
        Device = device.Id.ToString(),
        Threads = device.Lanes,
        SimdBits = device.SimdBits,
        Seed = recipe.Seeds[0],
    };

    private static AccuracyReport Accuracy(ArmResult result, int column) => AccuracyReport.Of(result.Evaluation.Columns[column].Accuracy);

    private static void Write(DemoReport report, string attack, TextWriter output)
    {
        var table = new TextTable(("method", false), ("natural", true), (attack.ToUpperInvariant(), true), ("HSIC", true), ("seconds", true));
        foreach (var row in report.Rows)
        {
            table.Add(
                row.Method, $"{100 * row.Natural.Accuracy:0.0} %", $"{100 * row.Pgd20.Accuracy:0.0} %",
                row.Hsic is { } hsic ? $"{hsic:0.000}" : "-", $"{row.Seconds:0.0}");
        }

        table.Write(output);
        var half = 100 * report.Rows.Max(row => row.Pgd20.Interval);
        output.WriteLine(
            $"{report.TestImages} test images, eps {report.Eps}; 95 % intervals up to +- {half:0.0} points; {report.Seconds:0} s in all; runs in {report.Folder}; "
                + $"mimir {AblationRun.Verb} --resume {OptionText.Quoted(report.Folder)} says which differences are more than chance");
    }
}
