using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Errors;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir landscape</c>: the loss around images or weights, as numbers and as a picture.</summary>
internal sealed class LandscapeCommand : Verb
{
    private const string CheckpointName = "--checkpoint";
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 10;

    private static readonly LandscapeRecipe s_defaults = new() { Checkpoint = "", Data = DataOptions.None with { Limit = LandscapeRecipe.UsualImages } };

    private readonly Option<string> _out = OptionSyntax.Value("--out", "DIR", "A new or empty folder (default runs/landscape-<date>-<time>): config.json, and a .csv and a .png a surface.");

    private readonly DeviceOptions _device = new();

    private SettingGroup<LandscapeRecipe>[] Settings => field ??=
    [
        new("Model", [
            Setting.Text<LandscapeRecipe>(
                CheckpointName, "PATH", "Required. The classifier: a checkpoint or the folder of a run.", r => r.Checkpoint, (r, v) => r with { Checkpoint = v }),
        ]),
        DataOptions.Group("--samples", "test images", $"{LandscapeRecipe.UsualImages}").Within<LandscapeRecipe>(r => r.Data, (r, data) => r with { Data = data }),
        new("Surface", [
            Setting.Choice<LandscapeRecipe, LandscapeKind>(
                "--kind", "Around images, along the sign of the gradient and random signs, or around weights, along two filter-normalised random directions "
                    + "(default input).", r => r.Kind, (r, v) => r with { Kind = v }),
            new(OptionSyntax.Value("--grid", "N", "Points of an axis, odd (default 41 for input, 51 for weight)."),
                (r, text) => r with { Grid = OptionText.Whole("--grid", text, 3) }, r => $"{r.Points}"),
            Setting.Length<LandscapeRecipe>(
                "--eps", "Input: the axes reach to twice this. Weight: radius of the attack on the images. 8/255, 8 (255ths) and 0.0314 mean the same (default 8/255).",
                r => r.Eps, (r, v) => r with { Eps = v }),
            Setting.Whole<LandscapeRecipe>(
                "--steps", 0, $"Weight only: steps of PGD on the images, at the origin's weights; 0 takes them as they are (default {s_defaults.Steps}).",
                r => r.Steps, (r, v) => r with { Steps = v }),
        ]),
        new(RunTitle, [Setting.Seed<LandscapeRecipe>("Decides the directions and the attack's starts", r => r.Seed, (r, v) => r with { Seed = v })]),
    ];

    /// <inheritdoc/>
    public override string Name => "landscape";

    /// <inheritdoc/>
    public override string Summary => "Draws the loss around test images or around the weights: numbers as CSV, and a picture.";

    /// <inheritdoc/>
    public override string Usage => $"{CheckpointName} PATH --data PATH [--kind input|weight] [options]";

    /// <inheritdoc/>
    public override IReadOnlyList<OptionGroup> Groups => [.. Settings, new OptionGroup(RunTitle, [_out]), _device.Group(RunTitle)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "A surface that is flat around the origin and falls off a cliff just outside is how gradient masking looks. The csv has a line a point: a, b, loss, acc.",
    ];

    /// <inheritdoc/>
    public override int Run(ParseResult parse, CliContext context)
    {
        var recipe = s_defaults;
        foreach (var group in Settings)
            recipe = group.Apply(recipe, parse);
        UsageException.Require(recipe.Checkpoint.Length > 0, $"{CheckpointName} is required: give a checkpoint or the folder of a run");
        CheckpointOption.Require(CheckpointName, recipe.Checkpoint);
        DataOptions.Require(recipe.Data);
        var steps = Settings[2].Options.Single(option => option.Name == "--steps");
        UsageException.Require(recipe.Kind == LandscapeKind.Weight || !parse.IsGiven(steps), "--steps has no effect with --kind input");
        recipe.Validate();
        var path = parse.Text(_out) ?? Path.Combine("runs", $"{Name}-{DateTime.Now:yyyyMMdd-HHmmss}");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new RunFolderException($"--out {path} is not empty; choose another folder");

        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        using var run = LandscapeRun.Open(recipe, device);
        var folder = RunFolder.Prepare(path, RunConfig.Of(Name, recipe, device));
        var clock = Stopwatch.StartNew();
        try
        {
            var surfaces = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                foreach (var line in Header(run, device, path))
                    display.Line(line);
                return run.Run(done => Report(display, done, recipe.Points * recipe.Points, clock.Elapsed.TotalSeconds), interruption.Token);
            });
            folder.Begin();
            foreach (var surface in surfaces)
                LandscapeRun.Save(path, surface);
            var report = LandscapeReport.Of(Name, run, surfaces, path, device, clock.Elapsed.TotalSeconds);
            if (_device.Json(parse))
                JsonOutput.Write(context.Out, report);
            else
                Write(report, context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine("mimir: interrupted; nothing is kept");
            return ExitCode.Interrupted;
        }
    }

    private static void Report(IProgressDisplay display, int done, int all, double seconds)
    {
        if (display.WantsReport)
            display.Report((double)done / all, $"{done}/{all} points  {Duration.Describe(seconds * (all - done) / done)} to go");
    }

    private IEnumerable<string> Header(LandscapeRun run, Device device, string path)
    {
        var points = run.Recipe.Points;
        var settings = run.Recipe.Kind == LandscapeKind.Weight ? Settings
            : Settings.Select(group => new SettingGroup<LandscapeRecipe>(group.Title, [.. group.Settings.Where(setting => setting.Option.Name != "--steps")]));
        IEnumerable<string> lines =
        [
            RunHeader.Title(Name, device),
            .. RunHeader.Recipe(run.Recipe, settings),
            .. RunHeader.Row("this makes", [$"{points}x{points} points", $"{run.Images.Count} images at each ({run.Images.Source})"]),
            .. RunHeader.Row("folder", [path]),
        ];
        return run.Images.Count >= LandscapeRecipe.UsualImages ? lines
            : lines.Append($"  note: {run.Images.Count} images make a rough surface; {LandscapeRecipe.UsualImages} and more are usual");
    }

    private static void Write(LandscapeReport report, TextWriter output)
    {
        var table = new TextTable(("surface", false), ("loss at origin", true), ("least", true), ("most", true), ("accuracy at origin", true), ("least", true), ("", false));
        foreach (var one in report.Surfaces)
        {
            table.Add(
                one.Name, $"{one.OriginLoss:0.0000}", $"{one.LeastLoss:0.0000}", $"{one.MostLoss:0.0000}", $"{100 * one.OriginAccuracy:0.0} %", $"{100 * one.LeastAccuracy:0.0} %",
                $"{one.Picture}");
        }

        table.Write(output);
    }
}
