using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
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

    private readonly DeviceOptions _device = new();

    private SettingGroup<EvaluateRecipe> AttackSettings => field ??= AttackPlanOptions.Group(s_defaults);

    private SettingGroup<EvaluateRecipe>[] Settings => field ??=
    [
        new("Model", [
            Setting.Text<EvaluateRecipe>(
                CheckpointName, "PATH", "Required. The classifier: a checkpoint or the folder of a run.", r => r.Checkpoint, (r, v) => r with { Checkpoint = v }),
        ]),
        DataOptions.Group("--limit", "test images").Within<EvaluateRecipe>(r => r.Data, (r, data) => r with { Data = data }),
        AttackSettings,
        new(RunTitle, [
            Setting.Whole<EvaluateRecipe>("--batch", 1, $"Images attacked at once (default {s_defaults.Batch}).", r => r.Batch, (r, v) => r with { Batch = v }),
            Setting.Seed<EvaluateRecipe>(
                "Decides every draw of every attack", r => r.Attack.Seed, (r, v) => r with { Attack = r.Attack with { Seed = v } }),
        ]),
    ];

    /// <inheritdoc/>
    public override string Name => "eval";

    /// <inheritdoc/>
    public override string Summary => "Measures a classifier's accuracy on test images, as they are and under attack.";

    /// <inheritdoc/>
    public override string Usage => $"{CheckpointName} PATH --data PATH [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [.. Settings, _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var recipe = s_defaults;
        foreach (var group in Settings)
            recipe = group.Apply(recipe, parse);
        UsageException.Require(recipe.Checkpoint.Length > 0, $"{CheckpointName} is required: give a checkpoint or the folder of a run");
        CheckpointOption.Require(CheckpointName, recipe.Checkpoint);
        DataOptions.Require(recipe.Data);
        recipe.Validate();
        AttackPlanOptions.RequireEffect(recipe, AttackSettings, parse);

        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        using var session = Evaluating.Open(recipe, device);
        var watch = Stopwatch.StartNew();
        try
        {
            var notes = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                var observer = new EvaluationDisplay(display, session => Header(recipe, session, device));
                session.Run(observer, interruption.Token);
                return observer.Notes;
            });
            var report = Report(recipe, session, notes, device, watch.Elapsed.TotalSeconds);
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                EvaluationTable.Write(session.Results, report, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("mimir: interrupted; nothing is kept");
            return ExitCode.Interrupted;
        }
    }

    private IEnumerable<string> Header(EvaluateRecipe recipe, EvaluationSession session, Device device) =>
    [
        RunHeader.Title(Name, device),
        .. RunHeader.Recipe(recipe, Settings.Select(group => group == AttackSettings ? AttackPlanOptions.Used(recipe, group) : group)),
        .. RunHeader.Row("this makes", [$"{session.Images.Count} images ({session.Images.Source})", $"{session.Plan.Count} attacks"]),
    ];

    private EvaluationReport Report(EvaluateRecipe recipe, EvaluationSession session, IReadOnlyList<string> notes, Device device, double seconds)
    {
        var results = session.Results;
        return new EvaluationReport(
            recipe.Checkpoint, recipe.Data.Path, results.Images, recipe.Attack.Norm, recipe.Attack.Eps, recipe.Mode, AccuracyReport.Of(results.Natural),
            AccuracyReport.Of(results.RobustAccuracy),
            [.. results.Attacks.Select(attack => new AttackReport(
                attack.Name, session.Plan.Single(planned => planned.Name == attack.Name).Settings, attack.Images.Count, attack.Broken,
                AccuracyReport.Of(attack.RobustAfter), attack.SilentSuccesses, attack.Disagreements, attack.Forwards, attack.Backwards,
                attack.Images.Count / attack.Seconds, attack.Seconds))],
            notes, new SamplesReport(results.NaturalPredictions, results.Predictions, results.Robust, results.BrokenBy), seconds)
        {
            Verb = Name,
            Device = device.Id.ToString(),
            Threads = device.Lanes,
            SimdBits = device.SimdBits,
            Seed = recipe.Attack.Seed,
        };
    }
}
