using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary>What the two training stages share: a recipe from options or from an earlier run, its folder, progress and report.</summary>
/// <typeparam name="TRecipe">The stage's recipe.</typeparam>
internal abstract class TrainingCommand<TRecipe> : Verb where TRecipe : class, IEquatable<TRecipe>
{
    private const string RunTitle = "Run";

    private RunFolderOptions Folder => field ??= new RunFolderOptions(Name);

    private DeviceOptions Device => field ??= new DeviceOptions();

    private SettingGroup<TRecipe>[] Settings =>
        field ??= [.. RecipeSettings(), new SettingGroup<TRecipe>(RunTitle, [Setting.Seed<TRecipe>("Decides every random draw", SeedOf, WithSeed)])];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OptionGroup> Groups => field ??= [.. Settings, Folder.Group(RunTitle), Device.Group(RunTitle)];

    /// <summary>Everything that the recipe holds but the seed.</summary>
    protected abstract IEnumerable<SettingGroup<TRecipe>> RecipeSettings();

    /// <summary>The recipe before any option is put in.</summary>
    protected abstract TRecipe Defaults(ParseResult parse);

    /// <summary>Checks a recipe and what it needs; <paramref name="resumes"/> says whether an earlier run goes on.</summary>
    /// <exception cref="UsageException">Something is missing or out of range.</exception>
    /// <exception cref="RecipeException">A number is out of range.</exception>
    protected abstract void Check(TRecipe recipe, ParseResult parse, bool resumes);

    /// <summary>Trains.</summary>
    protected abstract EpochReport Train(
        TRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation);

    /// <summary>The recipe's seed.</summary>
    protected abstract ulong SeedOf(TRecipe recipe);

    /// <summary>The recipe with another seed.</summary>
    protected abstract TRecipe WithSeed(TRecipe recipe, ulong seed);

    /// <summary>The groups of settings that a recipe uses.</summary>
    protected virtual IEnumerable<SettingGroup<TRecipe>> Used(TRecipe recipe, IEnumerable<SettingGroup<TRecipe>> groups) => groups;

    /// <summary>What a recipe's numbers come to, for the header; nothing for most.</summary>
    protected virtual IEnumerable<string> Consequences(TRecipe recipe) => [];

    /// <inheritdoc/>
    public sealed override int Run(ParseResult parse, CliContext context)
    {
        var resumes = Folder.Resumes(parse);
        RunFolder folder;
        TRecipe recipe;
        if (resumes)
        {
            folder = RunFolder.Open(Folder.ResumeFolder(parse));
            recipe = RunConfig.Read<TRecipe>(folder, Name).Recipe;
            StoredRecipe.RequireSame(recipe, Settings, folder.Path, parse);
            Check(recipe, parse, resumes);
            using var device = Device.Open(parse);
            return Run(recipe, folder, File.Exists(folder.Checkpoint), device, parse, context);
        }
        else
        {
            recipe = Defaults(parse);
            foreach (var group in Settings)
                recipe = group.Apply(recipe, parse);
            Check(recipe, parse, resumes);
            using var device = Device.Open(parse);
            folder = RunFolder.Prepare(Folder.NewFolder(parse), RunConfig.Of(Name, recipe, device));
            return Run(recipe, folder, resume: false, device, parse, context);
        }
    }

    private int Run(TRecipe recipe, RunFolder folder, bool resume, Device device, ParseResult parse, CliContext context)
    {
        using var interruption = new Interruption(context);
        TrainingStart? started = null;
        IEnumerable<string> Header(TrainingStart start)
        {
            started = start;
            return [
                RunHeader.Title(Name, device),
                .. RunHeader.Recipe(recipe, Used(recipe, Settings)),
                .. RunHeader.Row("this makes", [$"{start.Images} images ({start.Source})", $"{start.StepsPerEpoch} steps an epoch", .. Consequences(recipe), $"{start.Parameters} parameters"]),
                .. RunHeader.Row("folder", [start.EpochsDone > 0 || resume ? $"{folder.Path}, resumed in epoch {start.EpochsDone + 1}" : folder.Path]),
            ];
        }

        try
        {
            var last = ProgressDisplay.Run(
                context, double.PositiveInfinity,
                display => Train(recipe, device, folder, resume, new TrainingDisplay(display, Header), interruption.Token));
            var report = new TrainingReport<TRecipe>(folder.Path, folder.Checkpoint, started!.Images, started.Parameters, recipe, last)
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Lanes,
                SimdBits = device.SimdBits,
                Seed = SeedOf(recipe),
            };
            if (Device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                context.Out.WriteLine($"{TrainingDisplay.Ending(last)}; model in {folder.Checkpoint}");
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine($"mimir: interrupted; the state is saved; continue with: mimir {Name} --resume {OptionText.Quoted(folder.Path)}");
            return ExitCode.Interrupted;
        }
    }
}
