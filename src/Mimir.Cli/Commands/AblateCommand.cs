using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir ablate</c>: what each part of the method contributes.</summary>
internal sealed class AblateCommand : Verb
{
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 30;

    private readonly AblationOptions _ablation = new();
    private readonly DeviceOptions _device = new();

    private RunFolderOptions Folder => field ??= new RunFolderOptions(Name, "config.json, ARM/pretrain, ARM/finetune, ARM/eval and ARM/evaluation.json, ablation.csv, ablation.json");

    /// <inheritdoc/>
    public override string Name => AblationRun.Verb;

    /// <inheritdoc/>
    public override string Summary => "Trains and judges the method's variants beside each other, with intervals on what differs.";

    /// <inheritdoc/>
    public override string Usage => "--data PATH [options], or --resume DIR";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => field ??= [.. _ablation.Groups, Folder.Group(RunTitle), _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "The defaults are the published run on CIFAR-10; those of --data digits are the demonstration's. With several --seeds the arms stand in seed-S/ARM.",
        "ARM/pretrain, ARM/finetune and ARM/eval are run folders as the verbs of these names make them. With --resume, those that the folder holds already are "
            + "taken over where their recipes are the same, finished or not.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var resumes = Folder.Resumes(parse);
        var path = resumes ? Folder.ResumeFolder(parse) : Folder.NewFolder(parse);
        var stored = resumes && RunFolder.Exists(path) ? RunConfig.Read<AblationRecipe>(RunFolder.Open(path), Name).Recipe : null;
        if (stored is not null)
            StoredRecipe.RequireSame(stored, _ablation.Settings, path, parse);
        else if (!resumes && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new RunFolderException($"--out {path} is not empty; add --resume to go on with what it holds, or choose another folder");
        var recipe = _ablation.Recipe(parse, stored);
        if (stored is not null && RecipeDifference.First(stored with { Arms = recipe.Arms }, recipe) is { } difference)
            throw new UsageException($"{path} was made with {difference.Field} {difference.Stored}, not {difference.Asked}; give the same options, or another --out");
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        try
        {
            var results = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                var watch = new AblationDisplay(display, recipe.Seeds.Count);
                var run = new AblationRun(recipe, device, path, watch, interruption.Token);
                foreach (var line in Introduction(recipe, run, device, path))
                    display.Line(line);
                Remember(stored, recipe, device, path);
                return run.Run();
            });
            var table = AblationTable.Of(recipe, results);
            var report = AblationReport.Of(path, recipe, table, device);
            report.Save();
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                AblationText.Write(table, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine($"mimir: interrupted; the state is saved; continue with: mimir {Name} --resume {OptionText.Quoted(path)}");
            return ExitCode.Interrupted;
        }
    }

    // The folder's recipe names every arm that it was ever asked for, so that a look at some of them does not forget the others.
    private void Remember(AblationRecipe? stored, AblationRecipe recipe, Device device, string path)
    {
        var all = recipe with { Arms = [.. (stored?.Arms ?? []).Union(recipe.Arms)] };
        if (!all.Equals(stored))
            RunFolder.Renew(path, RunConfig.Of(Name, all, device)).Begin();
    }

    private IEnumerable<string> Introduction(AblationRecipe recipe, AblationRun run, Device device, string folder) =>
    [
        RunHeader.Title(Name, device),
        .. RunHeader.Recipe(recipe, _ablation.Settings),
        .. RunHeader.Row("arms", recipe.Arms),
        .. RunHeader.Row("seeds", recipe.Seeds.Select(seed => $"{seed}")),
        .. RunHeader.Row("this makes", [$"{run.TrainImages.Count} training images ({run.TrainImages.Source})", $"{run.TestImages.Count} test images"]),
        .. RunHeader.Row("folder", [folder]),
    ];
}
