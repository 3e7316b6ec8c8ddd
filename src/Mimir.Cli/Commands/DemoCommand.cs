using System.CommandLine;
using System.Diagnostics;
using Mimir.Cli.Options;
using Mimir.Cli.Output;
using Mimir.Cli.Reports;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir demo</c>: the whole of MIMIR on the digits inside the tool.</summary>
internal sealed class DemoCommand : Verb
{
    private const string RunTitle = "Run";
    private const double SecondsBetweenLines = 10;

    private readonly Option<bool> _quick = OptionSyntax.Switch("--quick", "The short form: a few epochs, under 40 seconds on two cores.");

    private readonly Option<string> _out = OptionSyntax.Value("--out", "DIR", "A new folder for the stages' run folders (default runs/demo-<date>-<time>).");

    private readonly DeviceOptions _device = new();

    private SettingGroup<DemoRecipe> Settings => field ??=
        new SettingGroup<DemoRecipe>(RunTitle, [Setting.Seed<DemoRecipe>("Decides every random draw", r => r.Seed, (r, v) => r with { Seed = v })]);

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
        var recipe = Settings.Apply(new DemoRecipe { Quick = parse.IsGiven(_quick) }, parse);
        var folder = parse.Text(_out) ?? Path.Combine("runs", $"demo-{DateTime.Now:yyyyMMdd-HHmmss}");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new RunFolderException($"--out {folder} is not empty; choose another folder");
        using var device = _device.Open(parse);
        using var interruption = new Interruption(context);
        var clock = Stopwatch.StartNew();
        try
        {
            var rows = ProgressDisplay.Run(context, SecondsBetweenLines, display =>
            {
                foreach (var line in Introduction(recipe, device))
                    display.Line(line);
                var watch = new DemoDisplay(display);
                var done = Demonstration.Run(recipe, device, folder, watch, interruption.Token);
                watch.EndStage();
                return done;
            });
            Write(recipe, rows, folder, clock.Elapsed.TotalSeconds, device, _device.Json(parse), context.Out);
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            context.Error.WriteLine($"mimir: interrupted; the finished stages and the state of the last one are in {folder}");
            return ExitCode.Interrupted;
        }
    }

    private IEnumerable<string> Introduction(DemoRecipe recipe, Device device) =>
    [
        RunHeader.Title(Name, device),
        $"  {DemoRecipe.Load(DataSplit.Train).Count} training and {DemoRecipe.Load(DataSplit.Test).Count} test images of handwritten digits; "
            + $"eps {recipe.Eps}, where paper is 0 and ink 1",
        $"  pre-training {recipe.PretrainEpochs} epochs with mae, adv-mae and mimir, each then fine-tuned {recipe.FinetuneEpochs} epochs with PGD; "
            + $"from-scratch has those {recipe.FinetuneEpochs} alone",
    ];

    private void Write(
        DemoRecipe recipe, IReadOnlyList<DemoRow> rows, string folder, double seconds, Device device, bool json, TextWriter output)
    {
        if (json)
        {
            JsonOutput.Write(output, new DemoReport(
                folder, recipe.Eps, recipe.Quick, rows[0].Natural.Images,
                [.. rows.Select(row => new DemoRowReport(
                    row.Method, AccuracyReport.Of(row.Natural), AccuracyReport.Of(row.Robust), row.Hsic, row.Seconds))],
                seconds)
            {
                Verb = Name,
                Device = device.Id.ToString(),
                Threads = device.Lanes,
                SimdBits = device.SimdBits,
                Seed = recipe.Seed,
            });
            return;
        }

        var table = new TextTable(("method", false), ("natural", true), ($"PGD-{DemoRecipe.EvaluationSteps}", true), ("HSIC", true), ("seconds", true));
        foreach (var row in rows)
        {
            table.Add(
                row.Method, $"{100 * row.Natural.Share:0.0} %", $"{100 * row.Robust.Share:0.0} %",
                row.Hsic is { } hsic ? $"{hsic:0.000}" : "-", $"{row.Seconds:0.0}");
        }

        table.Write(output);
        var half = 100 * rows.Max(row => row.Robust.Interval);
        output.WriteLine($"{rows[0].Natural.Images} test images, eps {recipe.Eps}; 95 % intervals up to +- {half:0.0} points; {seconds:0} s in all; runs in {folder}");
    }
}
