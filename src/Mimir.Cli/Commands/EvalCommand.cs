using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir eval</c>: natural and robust accuracy.</summary>
internal sealed class EvalCommand : Verb
{
    private const string CheckpointName = "--checkpoint";
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 5;

    private static readonly EvaluateRecipe s_defaults = new() { Checkpoint = "", Data = DataOptions.None };

    private readonly DeviceOptions _device = new();

    private readonly AdversarialOptions _adversarial = new();

    private readonly HonestyOptions _honesty = new();

    private readonly ReconstructionOptions _reconstruction = new();

    private RunFolderOptions Folder => field ??= new RunFolderOptions(Name, $"config.json, evaluation.json, {AdversarialFile.Name}", always: false);

    private SettingGroup<EvaluateRecipe> AttackSettings => field ??= AttackPlanOptions.Group(s_defaults);

    private SettingGroup<EvaluateRecipe>[] Settings => field ??=
    [
        new("Model", [
            Setting.Text<EvaluateRecipe>(
                CheckpointName, "PATH", "Required. The classifier: a checkpoint or the folder of a run.", r => r.Checkpoint,
                (r, v) => r with { Checkpoint = v.Length == 0 ? v : Path.GetFullPath(v) }),
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
    public override string Name => Evaluating.Verb;

    /// <inheritdoc/>
    public override string Summary => "Measures a classifier's accuracy on test images, as they are and under attack.";

    /// <inheritdoc/>
    public override string Usage => $"{CheckpointName} PATH --data PATH [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups =>
        [.. Settings[..^1], _honesty.Group, _reconstruction.Group, Settings[^1], Folder.Group(RunTitle), _adversarial.Group(RunTitle), _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var given = Settings.Aggregate(s_defaults, (recipe, group) => group.Apply(recipe, parse));
        if (_reconstruction.IsAsked(given.Attacks, parse))
            return Reconstruct(given, parse, context);
        if (_adversarial.Rechecks(parse))
            return Recheck(parse, context);
        var save = _adversarial.FileToSave(parse);
        if (!Folder.Resumes(parse))
        {
            var recipe = given;
            Check(recipe);
            AttackPlanOptions.RequireEffect(recipe, AttackSettings, parse);
            using var device = _device.Open(parse);
            var folder = Folder.NamedFolder(parse) is { } path ? RunFolder.Prepare(path, RunConfig.Of(Name, recipe, device)) : null;
            return Run(recipe, folder, save, device, parse, context);
        }
        else
        {
            var folder = RunFolder.Open(Folder.ResumeFolder(parse));
            var recipe = RunConfig.Read<EvaluateRecipe>(folder, Name).Recipe;
            StoredRecipe.RequireSame(recipe, Settings, folder.Path, parse);
            Check(recipe);
            using var device = _device.Open(parse);
            return Run(recipe, folder, save, device, parse, context);
        }
    }

    private static void Check(EvaluateRecipe recipe)
    {
        UsageException.Require(recipe.Checkpoint.Length > 0, $"{CheckpointName} is required: give a checkpoint or the folder of a run");
        CheckpointOption.Require(CheckpointName, recipe.Checkpoint);
        DataOptions.Require(recipe.Data);
        if (recipe.Attacks != ReconstructionOptions.Attack)
            recipe.Validate();
    }

    private int Run(EvaluateRecipe recipe, RunFolder? folder, string? save, Device device, ParseResult parse, CliContext context)
    {
        var asked = _honesty.Asked(parse, recipe.Checkpoint);
        using var interruption = new Interruption(context);
        using var session = Evaluating.Open(recipe, device, folder);
        var watch = Stopwatch.StartNew();
        try
        {
            var (notes, recheck, honesty) = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                var observer = new EvaluationDisplay(display, session => Header(recipe, folder, session, device));
                session.Run(observer, interruption.Token);
                var recheck = session.Recheck(interruption.Token);
                return (observer.Notes, recheck, asked is null ? null : HonestyExamination.Run(session, asked, new HonestyDisplay(display), interruption.Token));
            });
            if (save is not null)
                AdversarialFile.Write(save, session.Images, session.Results);
            var report = EvaluationReport.Of(recipe, session, recheck, honesty, notes, watch.Elapsed.TotalSeconds, device);
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                EvaluationTable.Write(report, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine(
                folder is null ? "mimir: interrupted; nothing is kept (--out DIR keeps an evaluation, and it can go on)"
                : !session.Results.HasNatural ? "mimir: interrupted before the first image was done; nothing is kept"
                : $"mimir: interrupted; the state is saved; continue with: mimir {Name} --resume {OptionText.Quoted(folder.Path)}");
            return ExitCode.Interrupted;
        }
    }

    private IEnumerable<string> Header(EvaluateRecipe recipe, RunFolder? folder, EvaluationSession session, Device device)
    {
        var finished = session.Results.Attacks.Count(attack => attack.IsFinished);
        return [
            RunHeader.Title(Name, device),
            .. RunHeader.Recipe(recipe, Settings.Select(group => group == AttackSettings ? AttackPlanOptions.Used(recipe, group) : group)),
            .. RunHeader.Row("this makes", [$"{session.Images.Count} images ({session.Images.Source})", $"{session.Plan.Count} attack{(session.Plan.Count == 1 ? "" : "s")}"]),
            .. RunHeader.Row("folder", [
                folder is null ? "none: --out DIR keeps the evaluation, and lets it go on after an interruption"
                : session.Results.HasNatural ? $"{folder.Path}, resumed behind {finished} of {session.Plan.Count} attacks"
                : folder.Path,
            ]),
        ];
    }

    private int Reconstruct(EvaluateRecipe recipe, ParseResult parse, CliContext context)
    {
        var settings = _reconstruction.Read(recipe, Groups.SelectMany(group => group.Options), parse);
        Check(recipe);
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        var watch = Stopwatch.StartNew();
        try
        {
            var results = ProgressDisplay.Run(context, SecondsBetweenLines, display => Reconstructing.Run(
                recipe.Checkpoint, recipe.Data, settings, device,
                (done, all) =>
                {
                    if (done == 0)
                        display.Line(RunHeader.Title(Name, device));
                    else if (display.WantsReport)
                        display.Report((double)done / all, $"{done}/{all} images  {Duration.Describe(watch.Elapsed.TotalSeconds / done * (all - done))} to go");
                },
                interruption.Token));
            var report = new ReconstructionReport(
                recipe.Checkpoint, recipe.Data.Path, results.Natural.Count, settings, MeanErrorReport.Of(results.Natural), MeanErrorReport.Of(results.Noise),
                MeanErrorReport.Of(results.Attacked), results.StillShare, watch.Elapsed.TotalSeconds)
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Lanes,
                SimdBits = device.SimdBits,
                Seed = settings.Seed,
            };
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                ReconstructionText.Write(report, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("mimir: interrupted; nothing is kept");
            return ExitCode.Interrupted;
        }
    }

    private int Recheck(ParseResult parse, CliContext context)
    {
        foreach (var option in Groups.SelectMany(group => group.Options).Where(option => option.Name is not
            (CheckpointName or "--data" or "--format" or "--limit" or "--norm" or "--eps" or "--recheck" or "--device" or "--precision" or "--checks" or "--threads" or "--json")))
        {
            UsageException.Require(!parse.IsGiven(option), $"{option.Name} has no effect with --recheck: no attack is run");
        }

        var recipe = Settings.Aggregate(s_defaults with { Attacks = AttackPlan.Natural }, (recipe, group) => group.Apply(recipe, parse));
        Check(recipe);
        var file = _adversarial.FileToRecheck(parse);
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        using var session = Evaluating.Open(recipe, device);
        var report = new RecheckReport(
            recipe.Checkpoint, recipe.Data.Path, file, session.Images.Count, recipe.Attack.Norm, recipe.Attack.Eps,
            RecheckFigures.Of(session.Recheck(AdversarialFile.Read(file, session.Images), interruption.Token)))
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
            RecheckText.Write(report, context.Out);
        return report.Recheck.Sound ? ExitCode.Done : ExitCode.Failed;
    }
}
