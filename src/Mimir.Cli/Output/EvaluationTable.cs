using Mimir.Cli.Reports;
using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Output;

/// <summary>An evaluation as a table, a row an attack, and the headline below it.</summary>
internal static class EvaluationTable
{
    /// <summary>Writes it.</summary>
    public static void Write(EvaluationResults results, EvaluationReport report, TextWriter output)
    {
        var table = new TextTable(
            ("attack", false), ("images", true), ("broken", true), ("accuracy", true), ("95 %", false), ("forward", true), ("backward", true), ("images/s", true),
            ("seconds", true));
        var natural = results.Natural;
        table.Add("natural", $"{natural.Images}", $"{natural.Images - natural.Correct}", Percent(natural), Interval(natural), "", "", "", "");
        foreach (var attack in report.Attacks)
        {
            var robust = new Accuracy(attack.Robust.Correct, results.Images);
            table.Add(
                attack.Name, $"{attack.Images}", $"{attack.Broken}", Percent(robust), Interval(robust), $"{attack.Forwards}", $"{attack.Backwards}",
                $"{attack.ImagesPerSecond:0.0}", $"{attack.Seconds:0.0}");
        }

        table.Write(output);
        if (report.Attacks.Count > 0)
            output.WriteLine($"robust accuracy: {Percent(results.RobustAccuracy)} {Interval(results.RobustAccuracy)} ({results.RobustAccuracy.Correct} of {results.Images} images)");
    }

    private static string Percent(Accuracy accuracy) => $"{100 * accuracy.Share:0.00} %";

    private static string Interval(Accuracy accuracy) => $"+- {100 * accuracy.Interval:0.00}";
}
