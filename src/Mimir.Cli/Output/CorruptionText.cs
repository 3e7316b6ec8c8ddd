using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Output;

/// <summary>Accuracies under corruptions, for people.</summary>
internal static class CorruptionText
{
    private const int CountingCorruptions = 15;

    /// <summary>Where the images come from, and what may be concluded from them.</summary>
    public static IReadOnlyList<string> Origin(Corrupting corrupting) => corrupting.Generated switch
    {
        null => [$"read from {corrupting.Recipe.Files}"],
        { IsDocumented: true, Side: var side } => ["generated, not comparable with CIFAR-10-C", $"constants for {side}x{side}"],
        { Side: var side, DocumentedSide: var documented } =>
            ["generated, not comparable with CIFAR-10-C", $"constants for {documented}x{documented}, lengths scaled to {side}x{side}"],
    };

    /// <summary>Writes the table: a row a corruption, the mean below those that enter it, then the others.</summary>
    public static void Write(Corrupting corrupting, TextWriter output)
    {
        var scores = corrupting.Scores;
        var severities = corrupting.Recipe.Severities;
        var table = new TextTable([("corruption", false), .. severities.Select(severity => ($"{severity}", true)), ("mean", true), ("", false)]);
        string[] Row(string name, Func<int, string> cell, MeanAccuracy mean) =>
            [name, .. severities.Select(cell), $"{100 * mean.Share:0.00} %", $"+- {100 * mean.Interval:0.00}"];
        void Add(Corruption corruption, MeanAccuracy mean) => table.Add(Row(
            corruption.Name, severity => $"{100 * scores.Scores.Single(score => score.Corruption == corruption && score.Severity == severity).Accuracy.Share:0.0}", mean));
        foreach (var (corruption, mean) in scores.Means.Where(one => !one.Corruption.IsExtra))
            Add(corruption, mean);
        if (scores.Mean is { } over)
            table.Add(Row(MeanName(corrupting), _ => "", over));
        foreach (var (corruption, mean) in scores.Means.Where(one => one.Corruption.IsExtra))
            Add(corruption, mean);
        table.Write(output);

        var natural = corrupting.NaturalAccuracy;
        output.WriteLine($"natural {100 * natural.Share:0.00} % +- {100 * natural.Interval:0.00} ({natural.Correct} of {natural.Images} images)");
        var widest = scores.Scores.Max(score => score.Accuracy.Interval);
        output.WriteLine($"{scores.Images} images a severity; 95 % intervals of single accuracies up to +- {100 * widest:0.0}; {string.Join("; ", Origin(corrupting))}");
        foreach (var (corruption, reason) in corrupting.Skipped)
            output.WriteLine($"without {corruption}: {reason}");
    }

    /// <summary>What the mean is over, such as <c>mean of 14 x 5 (without frost)</c>.</summary>
    public static string MeanName(Corrupting corrupting)
    {
        var counting = corrupting.Scores.Means.Select(mean => mean.Corruption).Where(corruption => !corruption.IsExtra).ToArray();
        var missing = CorruptionCatalog.All.Where(corruption => !corruption.IsExtra).Except(counting).ToArray();
        var without = missing.Length switch
        {
            0 => "",
            <= 3 => $" (without {string.Join(", ", missing.Select(corruption => corruption.Name))})",
            _ => $" (of {CountingCorruptions})",
        };
        return $"mean of {counting.Length} x {corrupting.Recipe.Severities.Count}{without}";
    }
}
