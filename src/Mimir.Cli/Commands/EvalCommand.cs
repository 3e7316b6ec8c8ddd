using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir eval</c>: natural and robust accuracy.</summary>
internal sealed class EvalCommand : Verb
{
    private const string CheckpointName = "--checkpoint";
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 5;

    private static readonly EvaluateRecipe s_defaults = new() { Checkpoint = "", Data = DataOptions.None };

    private readonly Option<string> _attack = OptionSyntax.Value(
        "--attack", "LIST", "Comma separated: pgd (of --steps steps) or pgd-K such as pgd-20; natural adds none. Natural accuracy is always measured (default pgd).");

    private readonly DeviceOptions _device = new();

    private SettingGroup<EvaluateRecipe>[] Settings => field ??=
    [
        new("Model", [
            Setting.Text<EvaluateRecipe>(
                CheckpointName, "PATH", "Required. The classifier: a checkpoint or the folder of a run.", r => r.Checkpoint, (r, v) => r with { Checkpoint = v }),
        ]),
        DataOptions.Group("--limit", "test images").Within<EvaluateRecipe>(r => r.Data, (r, data) => r with { Data = data }),
        AttackOptions.Group(s_defaults.Budget).Within<EvaluateRecipe>(r => r.Budget, (r, b) => r with { Eps = b.Epsilon, Alpha = b.Alpha, Steps = b.Steps }).And(
            Setting.Whole<EvaluateRecipe>(
                "--restarts", 1, $"Random starts; an image is robust when none of them fools the model (default {s_defaults.Restarts}).",
                r => r.Restarts, (r, v) => r with { Restarts = v })),
        new(RunTitle, [
            Setting.Whole<EvaluateRecipe>("--batch", 1, $"Images attacked at once (default {s_defaults.Batch}).", r => r.Batch, (r, v) => r with { Batch = v }),
            Setting.Seed<EvaluateRecipe>("Decides every random start", r => r.Seed, (r, v) => r with { Seed = v }),
        ]),
    ];

    /// <inheritdoc/>
    public override string Name => "eval";

    /// <inheritdoc/>
    public override string Summary => "Measures a classifier's accuracy on test images, as they are and under attack.";

    /// <inheritdoc/>
    public override string Usage => $"{CheckpointName} PATH --data PATH [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups =>
        [Settings[0], Settings[1], new OptionGroup(Settings[2].Title, [_attack]), Settings[2], Settings[3], _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var recipe = s_defaults;
        foreach (var group in Settings)
            recipe = group.Apply(recipe, parse);
        UsageException.Require(recipe.Checkpoint.Length > 0, $"{CheckpointName} is required: give a checkpoint or the folder of a run");
        CheckpointOption.Require(CheckpointName, recipe.Checkpoint);
        DataOptions.Require(recipe.Data);
        var attacks = AttackList.Parse(parse.Text(_attack) ?? "pgd", recipe.Steps, out var usesSteps);
        var steps = Settings[2].Options.Single(option => option.Name == "--steps");
        UsageException.Require(usesSteps || !parse.IsGiven(steps), "--steps has no effect: --attack has no pgd without a number");
        recipe.Validate();

        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        var watch = Stopwatch.StartNew();
        var (done, images) = (0, 0);
        try
        {
            // Natural images only are an attack without a start.
            var passes = attacks.Count == 0 ? [recipe with { Restarts = 0 }] : attacks.Select(attack => recipe with { Steps = attack.Steps }).ToArray();
            var tallies = ProgressDisplay.Run(context, SecondsBetweenLines, display => passes.Select((pass, i) => Evaluating.Run(
                pass, device,
                (tally, all) =>
                {
                    if (tally.Images == 0 && i == 0)
                        WriteHeader(recipe, attacks, all, device, display);
                    (done, images) = (tally.Images, all);
                    if (display.WantsReport && done > 0)
                        display.Report((i + (double)done / all) / passes.Length, Describe(tally, all, attacks.Count == 0 ? null : attacks[i].Name));
                },
                interruption.Token)).ToArray());
            var report = Report(recipe, attacks, tallies, device, watch.Elapsed.TotalSeconds);
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                Write(report, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine($"mimir: interrupted after {done} of {images} images; nothing is kept");
            return ExitCode.Interrupted;
        }
    }

    private void WriteHeader(EvaluateRecipe recipe, IReadOnlyList<NamedAttack> attacks, int images, Device device, IProgressDisplay display)
    {
        display.Line(RunHeader.Title(Name, device));
        foreach (var line in RunHeader.Recipe(recipe, Settings.Where((_, i) => i != 2)))
            display.Line(line);
        var budget = $"eps {LinfBudget.Describe(recipe.Eps)}, alpha {LinfBudget.Describe(recipe.Alpha)}, restarts {recipe.Restarts}";
        foreach (var line in RunHeader.Row("attack", attacks.Count == 0 ? ["natural only"] : [.. attacks.Select(attack => attack.Name), budget]))
            display.Line(line);
        foreach (var line in RunHeader.Row("this makes", [$"{images} images"]))
            display.Line(line);
    }

    private static string Describe(Tally tally, int all, string? attack) =>
        $"{tally.Images}/{all} images  natural {100 * tally.NaturalAccuracy:0.0} %" + (attack is null ? "" : $"  {attack} {100 * tally.RobustAccuracy:0.0} %");

    private EvaluationReport Report(EvaluateRecipe recipe, IReadOnlyList<NamedAttack> attacks, Tally[] tallies, Device device, double seconds) => new(
        recipe.Checkpoint, recipe.Data.Path, tallies[0].Images, Accuracy(tallies[0], tallies[0].Natural, tallies[0].NaturalAccuracy),
        [.. attacks.Select((attack, i) => new AttackReport(
            attack.Name, recipe.Eps, recipe.Alpha, attack.Steps, recipe.Restarts, Accuracy(tallies[i], tallies[i].Robust, tallies[i].RobustAccuracy)))],
        seconds)
    {
        Verb = Name,
        Device = device.Id.ToString(),
        Threads = device.Lanes,
        SimdBits = device.SimdBits,
        Seed = recipe.Seed,
    };

    private static AccuracyReport Accuracy(Tally tally, int correct, double accuracy) => new(correct, accuracy, tally.Interval(accuracy));

    private static void Write(EvaluationReport report, TextWriter output)
    {
        var table = new TextTable(("", false), ("", true), ("", false), ("", false));
        void Add(string name, AccuracyReport accuracy, string budget) => table.Add(
            name, $"{100 * accuracy.Accuracy:0.00} %", $"+- {100 * accuracy.Interval:0.00}", $"{accuracy.Correct} of {report.Images} images{budget}");
        Add("natural", report.Natural, "");
        foreach (var attack in report.Attacks)
            Add(attack.Name, attack.Robust, $", eps {LinfBudget.Describe(attack.Eps)}, alpha {LinfBudget.Describe(attack.Alpha)}, restarts {attack.Restarts}");
        table.Write(output);
    }
}
