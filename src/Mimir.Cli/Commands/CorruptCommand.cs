using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir corrupt</c>: accuracy under common corruptions.</summary>
internal sealed class CorruptCommand : Verb
{
    private const string CheckpointName = "--checkpoint";
    private const string CorruptionsName = "--corruptions";
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 10;

    private static readonly CorruptRecipe s_defaults = new() { Checkpoint = "", Data = DataOptions.None };

    private readonly Option<bool> _extra = OptionSyntax.Switch(
        "--extra", "Measures the four that are held out too: speckle_noise, gaussian_blur, spatter, saturate. They do not enter the mean.");

    private readonly Option<string> _sheet = OptionSyntax.Value(
        "--sheet", "PNG", "Draws the first image under all corruptions asked for and all severities; a new file.");

    private readonly DeviceOptions _device = new();

    private SettingGroup<CorruptRecipe>[] Settings => field ??=
    [
        new("Model", [
            Setting.Text<CorruptRecipe>(
                CheckpointName, "PATH", "Required. The classifier: a checkpoint or the folder of a run.", r => r.Checkpoint, (r, v) => r with { Checkpoint = v }),
        ]),
        DataOptions.Group("--limit", "images").Within<CorruptRecipe>(r => r.Data, (r, data) => r with { Data = data }),
        new("Corruptions", [
            Setting.Text<CorruptRecipe>(
                "--files", "DIR", "Reads the corrupted images from DIR, in the layout of CIFAR-10-C: NAME.npy and labels.npy (default: they are generated from "
                    + "the test images of --data).", r => r.Files ?? "generated", (r, v) => r with { Files = v }),
            new(OptionSyntax.Value(CorruptionsName, "LIST", "Comma separated names, as those of CIFAR-10-C's files (default: the 15 of its mean)."), WithCorruptions,
                r => r.Corruptions is null ? "all 15" : string.Join(' ', r.Corruptions)),
            new(OptionSyntax.Value("--severities", "LIST", "Comma separated, 1 to 5 (default 1,2,3,4,5)."), WithSeverities, r => string.Join(' ', r.Severities)),
        ]),
        new(RunTitle, [
            Setting.Text<CorruptRecipe>(
                "--out", "DIR", "Keeps the generated images in DIR, in the layout of CIFAR-10-C (default: they are not kept).", r => r.Out ?? "not kept",
                (r, v) => r with { Out = v }),
            Setting.Seed<CorruptRecipe>("Decides every draw of the generated corruptions", r => r.Seed, (r, v) => r with { Seed = v }),
        ]),
    ];

    /// <inheritdoc/>
    public override string Name => "corrupt";

    /// <inheritdoc/>
    public override string Summary => "Measures a classifier's accuracy under common corruptions: noise, blur, weather and digital.";

    /// <inheritdoc/>
    public override string Usage => $"{CheckpointName} PATH --data PATH [--files DIR] [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups =>
        [Settings[0], Settings[1], Settings[2], new OptionGroup(Settings[2].Title, [_extra, _sheet]), Settings[3], _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "Only the files of CIFAR-10-C give figures that can be compared with published ones: generated corruptions follow the same definitions and constants "
            + "with other random numbers. Constants are those for 32x32 and 64x64 images; other sizes take the nearer set with its lengths scaled.",
        "frost needs photographs that are not part of Mimir; it is read from --files and never generated.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var recipe = s_defaults with { Extra = parse.IsGiven(_extra) };
        foreach (var group in Settings)
            recipe = group.Apply(recipe, parse);
        UsageException.Require(recipe.Checkpoint.Length > 0, $"{CheckpointName} is required: give a checkpoint or the folder of a run");
        CheckpointOption.Require(CheckpointName, recipe.Checkpoint);
        DataOptions.Require(recipe.Data);
        UsageException.Require(recipe.Files is null || Directory.Exists(recipe.Files), $"--files {recipe.Files} does not exist; give a folder in the layout of CIFAR-10-C");
        var sheet = parse.Text(_sheet);
        if (sheet is not null)
            NewFile.Require("--sheet", sheet);

        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        using var corrupting = Corrupting.Open(recipe, device);
        var watch = Stopwatch.StartNew();
        if (sheet is not null)
            CorruptionSheet.Write(sheet, corrupting.Images, corrupting.Corruptions, image: 0, CorruptionText.Origin(corrupting));
        var finished = true;
        try
        {
            ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                foreach (var line in Header(corrupting, device))
                    display.Line(line);
                corrupting.Run(new CorruptionDisplay(display), interruption.Token);
                return ExitCode.Done;
            });
        }
        catch (OperationCanceledException)
        {
            finished = false;
        }

        if (!finished)
            context.Error.WriteLine(Interrupted(corrupting));
        if (corrupting.Scores.Means.Count > 0)
        {
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, CorruptionReport.Of(Name, corrupting, device, watch.Elapsed.TotalSeconds));
            else
                CorruptionText.Write(corrupting, context.Out);
        }

        return finished ? ExitCode.Done : ExitCode.Interrupted;
    }

    private static CorruptRecipe WithCorruptions(CorruptRecipe recipe, string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            UsageException.Require(
                CorruptionCatalog.All.Any(corruption => corruption.Name == name),
                $"{CorruptionsName} '{name}' is unknown{Suggestion.For(name, CorruptionCatalog.All.Select(corruption => corruption.Name))}; use {string.Join(", ", CorruptionCatalog.All)}");
        }

        return recipe with { Corruptions = [.. names.Select(CorruptionCatalog.Parse)] };
    }

    private static CorruptRecipe WithSeverities(CorruptRecipe recipe, string text)
    {
        var severities = text.Split(',', StringSplitOptions.TrimEntries).Select(part => OptionText.Whole("--severities", part, 1)).Distinct().Order().ToArray();
        UsageException.Require(severities[^1] <= Corruption.Severities, $"--severities {severities[^1]} must be at most {Corruption.Severities}");
        return recipe with { Severities = severities };
    }

    private static string Interrupted(Corrupting corrupting)
    {
        var done = corrupting.Scores.Means.Select(mean => mean.Corruption).ToArray();
        var rest = string.Join(',', corrupting.Corruptions.Except(done));
        return done.Length == 0
            ? "mimir: interrupted before the first corruption was done; nothing is kept"
            : $"mimir: interrupted; {done.Length} of {corrupting.Corruptions.Count} corruptions are done; measure the others with {CorruptionsName} {rest}";
    }

    private IEnumerable<string> Header(Corrupting corrupting, Device device)
    {
        yield return RunHeader.Title(Name, device);
        foreach (var line in RunHeader.Recipe(corrupting.Recipe, Settings))
            yield return line;
        foreach (var line in RunHeader.Row("images", CorruptionText.Origin(corrupting)))
            yield return line;
        foreach (var line in RunHeader.Row("this makes", [
            $"{corrupting.Images.Count} images", $"{corrupting.Corruptions.Count} corruptions", $"{corrupting.Recipe.Severities.Count} severities"]))
            yield return line;
        foreach (var (corruption, reason) in corrupting.Skipped)
            yield return $"  skipped: {corruption}: {reason}";
    }
}
