using Mimir.Cli.Options;
using Mimir.Cli.Reports;

namespace Mimir.Cli.Output;

/// <summary>An evaluation as a table, a row an attack, and the headline below it.</summary>
internal static class EvaluationTable
{
    /// <summary>Writes it.</summary>
    public static void Write(EvaluationReport report, TextWriter output)
    {
        var table = new TextTable(
            ("attack", false), ("images", true), ("broken", true), ("accuracy", true), ("95 %", false), ("forward", true), ("backward", true), ("images/s", true),
            ("seconds", true));
        table.Add("natural", $"{report.Images}", $"{report.Images - report.Natural.Correct}", Percent(report.Natural), Interval(report.Natural), "", "", "", "");
        foreach (var attack in report.Attacks)
        {
            var (percent, interval) = attack.Nearest is null ? (Percent(attack.Robust), Interval(attack.Robust)) : ("-", "no ball");
            table.Add(
                attack.Name, $"{attack.Images}", $"{attack.Broken}", percent, interval, $"{attack.Forwards}", $"{attack.Backwards}", $"{attack.ImagesPerSecond:0.0}",
                $"{attack.Seconds:0.0}");
        }

        table.Write(output);
        foreach (var attack in report.Attacks.Where(attack => attack.Nearest is not null))
            output.WriteLine(Describe(attack));
        foreach (var note in report.Notes)
            output.WriteLine($"note: {note}");
        if (report.Honesty is not null)
            HonestyText.Write(report.Honesty, output);
        if (report.Attacks.Count == 0)
            return;
        foreach (var line in RecheckText.Lines(report.Recheck, report.Images, report.Norm, report.Eps))
            output.WriteLine(line);
        foreach (var failure in report.Honesty is null ? [] : HonestyText.Failures(report.Honesty))
            output.WriteLine(failure);
        output.WriteLine(
            $"robust accuracy: {Percent(report.Robust)} {Interval(report.Robust)} ({report.Robust.Correct} of {report.Images} images, {report.Norm} "
                + $"{AttackPlanOptions.Describe(report.Norm, report.Eps)}){(report.Honesty is null ? "" : HonestyText.Remark(report.Honesty))}");
    }

    private static string Describe(AttackReport attack)
    {
        var nearest = attack.Nearest!;
        var within = nearest.Within.Select(at => $"{100.0 * at.Images / attack.Images:0.0} % within {at.Radius}");
        return $"{attack.Name}: nearest wrong image at a median L2 distance of {nearest.Median:0.000} over {attack.Images} images; {string.Join(", ", within)}";
    }

    private static string Percent(AccuracyReport accuracy) => $"{100 * accuracy.Accuracy:0.00} %";

    private static string Interval(AccuracyReport accuracy) => $"+- {100 * accuracy.Interval:0.00}";
}
