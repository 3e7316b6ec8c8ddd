using System.Globalization;
using Mimir.Runtime.Ablation;

namespace Mimir.Cli.Output;

/// <summary>An ablation's tables and what they say.</summary>
internal static class AblationText
{
    private const string None = "-";

    /// <summary>Writes accuracies, differences, what is significant, and costs.</summary>
    public static void Write(AblationTable table, TextWriter output)
    {
        WriteAccuracies(table, output);
        output.WriteLine(table.Seeds == 1
            ? $"{table.Images} test images; accuracies with binomial 95 % intervals, differences on the same images with those of the exact McNemar test"
            : $"{table.Images} test images, {table.Seeds} seeds; means over the seeds with 95 % t-intervals, differences on the same images and seeds likewise");
        output.WriteLine();
        var findings = Findings(table).ToArray();
        foreach (var line in findings)
            output.WriteLine(line);
        if (findings.Length > 0)
            output.WriteLine();
        WriteCosts(table, output);
    }

    /// <summary>What can be told apart and what cannot: a sentence for each reference and column, and one on how far to trust them.</summary>
    public static IEnumerable<string> Findings(AblationTable table)
    {
        foreach (var result in table.Rows.SelectMany(row => row.Results))
        {
            if (result.Finetuning.OverfittedEpoch is { } epoch)
                yield return $"{result.Arm}{(table.Seeds > 1 ? $" with seed {result.Seed}" : "")} overfitted catastrophically in epoch {epoch} of its adversarial training, which says nothing of its pre-training.";
        }

        var comparisons = table.Comparisons.ToArray();
        if (comparisons.Length == 0)
            yield break;
        foreach (var (reference, column) in from reference in table.References from column in table.Columns select (reference, column))
        {
            var group = comparisons.Where(comparison => comparison.Reference == reference && comparison.Column == column).ToArray();
            if (group.Length == 0)
                continue;
            var told = group.Where(comparison => comparison.IsSignificant).ToArray();
            var rest = group.Where(comparison => !comparison.IsSignificant).Select(comparison => comparison.Arm.Name).ToArray();
            string[] parts = [
                .. Part("significantly better", told.Where(comparison => comparison.Difference.Value > 0).Select(Describe)),
                .. Part("significantly worse", told.Where(comparison => comparison.Difference.Value < 0).Select(Describe)),
                .. Part("no significant difference", rest),
            ];
            yield return $"{column}, against {reference}: {string.Join("; ", parts)}.";
        }

        yield return $"Each of the {comparisons.Length} comparisons is judged by its own 95 % interval: were there no difference anywhere, "
            + $"{comparisons.Length * Interval.Level:0.0} of them would still be called significant.";
        if (table.Seeds == 1)
            yield return "The intervals cover the choice of test images. How much a training run depends on its seed they cannot tell; --seeds can.";
    }

    private static IEnumerable<string> Part(string title, IEnumerable<string> arms)
    {
        var list = string.Join(", ", arms);
        return list.Length == 0 ? [] : [$"{title}: {list}"];
    }

    private static string Describe(Comparison comparison) =>
        $"{comparison.Arm} by {100 * Math.Abs(comparison.Difference.Value):0.0} points {Range(comparison.Difference)}"
            + (comparison.Pairs.Count == 1 ? $" (p {Probability(comparison.Pairs[0].PValue)})" : "");

    private static void WriteAccuracies(AblationTable table, TextWriter output)
    {
        var text = new TextTable([
            ("arm", false), ("estimator", false), ("lambda", true),
            .. table.Columns.SelectMany(column => new[] { (column, true), ("", false) }),
            .. from reference in table.References from column in table.Columns from cell in new[] { ($"{column} - {reference}", true), ("", false) } select cell,
        ]);
        foreach (var row in table.Rows)
        {
            var differences = table.References.SelectMany(reference => table.Columns.SelectMany(column =>
                row.Comparisons.SingleOrDefault(comparison => comparison.Reference == reference && comparison.Column == column) is { } comparison
                    ? new[] { $"{100 * comparison.Difference.Value:+0.0;-0.0;0.0}", Range(comparison.Difference) }
                    : [None, ""]));
            text.Add([
                row.Arm.Name, row.Arm.Estimator ?? None, row.Arm.Estimator is null ? None : Lambda(row.Arm),
                .. row.Accuracies.SelectMany(accuracy => new[] { $"{100 * accuracy.Value:0.0} %", $"+- {100 * (accuracy.High - accuracy.Value):0.0}" }), .. differences,
            ]);
        }

        text.Write(output);
    }

    private static void WriteCosts(AblationTable table, TextWriter output)
    {
        var text = new TextTable(
            ("arm", false), ("pre-training s", true), ("images/s", true), ("reconstruction", true), ("penalty's share", true), ("lambda", true), ("skipped", true), ("HSIC", true),
            ("fine-tuning s", true), ("images/s", true), ("evaluation s", true));
        foreach (var row in table.Rows)
        {
            var pretraining = row.Results.Select(result => result.Pretraining).OfType<StageFigures>().ToArray();
            var tuning = row.Results.Select(result => result.Finetuning).ToArray();
            string Mean(Func<StageFigures, double?> value, string format) => pretraining.Average(value)?.ToString(format, CultureInfo.InvariantCulture) ?? None;
            text.Add(
                row.Arm.Name, Mean(p => p.Seconds, "0.0"), Mean(p => p.ImagesPerSecond, "0"), Mean(p => p.Reconstruction, "0.0000"), Mean(p => p.PenaltyShare, "0.0e+0"),
                Mean(p => p.PenaltyWeight, "0.0e+0"), pretraining is [{ SkippedPenalties: not null }, ..] ? $"{pretraining.Sum(p => p.SkippedPenalties)}" : None,
                row.Results.Average(result => result.Evaluation.Hsic) is { } hsic ? $"{hsic:0.000}" : None,
                $"{tuning.Average(t => t.Seconds):0.0}", $"{tuning.Average(t => t.ImagesPerSecond):0}", $"{row.Results.Average(result => result.Evaluation.Seconds):0.0}");
        }

        text.Write(output);
        if (table.Seeds > 1)
            output.WriteLine("means over the seeds; skipped penalties of all seeds together");
    }

    private static string Lambda(AblationArm arm) => arm.Balanced ? $"balance {arm.Weight}" : $"{arm.Weight}";

    private static string Range(Interval interval) => $"[{100 * interval.Low:+0.0;-0.0;0.0}, {100 * interval.High:+0.0;-0.0;0.0}]";

    private static string Probability(double p) => p < 0.0001 ? "below 0.0001" : $"{p:0.0000}";
}
