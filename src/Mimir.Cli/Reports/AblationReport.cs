using System.Globalization;
using Mimir.Cli.Output;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Formats;

namespace Mimir.Cli.Reports;

/// <summary>An ablation's tables.</summary>
/// <param name="Out">The folder of the ablation.</param>
/// <param name="TestImages">Images that the accuracies are shares of.</param>
/// <param name="Seeds">Every arm was trained with each.</param>
/// <param name="Recipe">What was asked for.</param>
/// <param name="Rows">One an arm.</param>
/// <param name="Findings">What can be told apart and what cannot, in words.</param>
internal sealed record AblationReport(
    string Out, int TestImages, IReadOnlyList<ulong> Seeds, AblationRecipe Recipe, IReadOnlyList<AblationRowReport> Rows, IReadOnlyList<string> Findings) : Report
{
    private const string CsvName = "ablation.csv";
    private const string JsonName = "ablation.json";

    /// <summary>The report of a table.</summary>
    public static AblationReport Of(string folder, AblationRecipe recipe, AblationTable table, Device device) => new(
        folder, table.Images, recipe.Seeds, recipe, [.. table.Rows.Select(row => AblationRowReport.Of(row, table.Columns))], [.. AblationText.Findings(table)])
    {
        Verb = AblationRun.Verb,
        Device = device.Id.ToString(),
        Threads = device.Lanes,
        SimdBits = device.SimdBits,
        Seed = recipe.Seeds.Count == 1 ? recipe.Seeds[0] : null,
    };

    /// <summary>Writes <c>ablation.json</c> and <c>ablation.csv</c>, a line an arm and seed, into the folder.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Save()
    {
        Write(JsonName, writer => JsonOutput.Write(writer, this));
        Write(CsvName, WriteCsv);
    }

    private void WriteCsv(TextWriter writer)
    {
        writer.WriteLine(string.Join(',', [
            "arm", "estimator", "lambda", "balanced", "seed", "images", .. Rows[0].Accuracies.Select(accuracy => $"{accuracy.Name}_correct"), "hsic",
            "pretrain_seconds", "pretrain_images_per_second", "reconstruction", "penalty_share", "penalty_weight", "skipped_penalties",
            "finetune_seconds", "finetune_images_per_second", "finetune_loss", "overfitted_epoch", "evaluation_seconds",
        ]));
        foreach (var row in Rows)
        {
            foreach (var run in row.Runs)
            {
                object?[] cells = [
                    row.Arm, row.Estimator, row.Lambda, row.Balanced, run.Seed, TestImages, .. run.Correct.Values, run.Hsic,
                    run.Pretraining?.Seconds, run.Pretraining?.ImagesPerSecond, run.Pretraining?.Reconstruction, run.Pretraining?.PenaltyShare,
                    run.Pretraining?.PenaltyWeight, run.Pretraining?.SkippedPenalties,
                    run.Finetuning.Seconds, run.Finetuning.ImagesPerSecond, run.Finetuning.Loss, run.Finetuning.OverfittedEpoch, run.EvaluationSeconds,
                ];
                writer.WriteLine(string.Join(',', cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture))));
            }
        }
    }

    private void Write(string name, Action<TextWriter> write) => AtomicFile.Write(Path.Combine(Out, name), stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        write(writer);
    });
}

/// <summary>An arm.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Estimator">The penalty's estimator; null without a penalty.</param>
/// <param name="Lambda">The penalty's weight, or the share that it is balanced for; null without a penalty.</param>
/// <param name="Balanced">Whether it is balanced.</param>
/// <param name="Accuracies">Natural, then each attack.</param>
/// <param name="Comparisons">With other arms.</param>
/// <param name="Runs">One a seed.</param>
internal sealed record AblationRowReport(
    string Arm, string? Estimator, double? Lambda, bool Balanced, IReadOnlyList<IntervalReport> Accuracies, IReadOnlyList<ComparisonReport> Comparisons,
    IReadOnlyList<ArmRunReport> Runs)
{
    /// <summary>The report of a row.</summary>
    public static AblationRowReport Of(AblationRow row, IReadOnlyList<string> columns) => new(
        row.Arm.Name, row.Arm.Estimator, row.Arm.Estimator is null ? null : row.Arm.Weight, row.Arm.Balanced,
        [.. columns.Zip(row.Accuracies, (name, accuracy) => new IntervalReport(name, accuracy.Value, accuracy.Low, accuracy.High))],
        [.. row.Comparisons.Select(comparison => new ComparisonReport(
            comparison.Reference.Name, comparison.Column, comparison.Difference.Value, comparison.Difference.Low, comparison.Difference.High, comparison.IsSignificant,
            [.. comparison.Pairs.Select(pair => new PairReport(pair.Gained, pair.Lost, pair.PValue))]))],
        [.. row.Results.Select(result => new ArmRunReport(
            result.Seed, result.Evaluation.Columns.ToDictionary(column => column.Name, column => column.Accuracy.Correct), result.Evaluation.Hsic,
            result.Pretraining, result.Finetuning, result.Evaluation.Seconds))]);
}

/// <summary>An accuracy with its 95 % interval.</summary>
/// <param name="Name">On what.</param>
/// <param name="Accuracy">The share, or the mean of the seeds' shares.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">Its upper end.</param>
internal sealed record IntervalReport(string Name, double Accuracy, double Low, double High);

/// <summary>The difference to another arm on the same images.</summary>
/// <param name="Reference">The other arm.</param>
/// <param name="Column">On what.</param>
/// <param name="Difference">The arm's accuracy less the other's.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Significant">Whether the interval excludes 0.</param>
/// <param name="Pairs">One a seed.</param>
internal sealed record ComparisonReport(
    string Reference, string Column, double Difference, double Low, double High, bool Significant, IReadOnlyList<PairReport> Pairs);

/// <summary>Images on which two arms disagree.</summary>
/// <param name="Gained">That the arm alone has right.</param>
/// <param name="Lost">That the other alone has right.</param>
/// <param name="PValue">Of the exact McNemar test.</param>
internal sealed record PairReport(int Gained, int Lost, double PValue);

/// <summary>An arm with one seed.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Correct">Images right, by column.</param>
/// <param name="Hsic">HSIC-CCA between attacked images and latents at the end of pre-training; null from scratch.</param>
/// <param name="Pretraining">What pre-training cost; null from scratch.</param>
/// <param name="Finetuning">What fine-tuning or training from scratch cost.</param>
/// <param name="EvaluationSeconds">What the evaluation took.</param>
internal sealed record ArmRunReport(
    ulong Seed, IReadOnlyDictionary<string, int> Correct, double? Hsic, StageFigures? Pretraining, StageFigures Finetuning, double EvaluationSeconds);
