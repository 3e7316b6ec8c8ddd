using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Reports;

/// <summary>What an examination found.</summary>
/// <param name="Passed">Checks without objection.</param>
/// <param name="Warned">Checks with a reservation.</param>
/// <param name="Failed">Checks that speak against the accuracy.</param>
/// <param name="NotRun">Checks that could not be run.</param>
/// <param name="Images">Images that the checks looked at.</param>
/// <param name="Attacked">Of these, those right as they are.</param>
/// <param name="Passes">Forward passes of single images.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Findings">One a check.</param>
/// <param name="RobustBench">RobustBench's conditions on a model.</param>
internal sealed record HonestyFigures(
    int Passed, int Warned, int Failed, int NotRun, int Images, int Attacked, long Passes, double Seconds, IReadOnlyList<HonestyFinding> Findings,
    IReadOnlyList<ConditionFigures> RobustBench)
{
    /// <summary>Of a report.</summary>
    public static HonestyFigures Of(HonestyReport report) => new(
        report.Count(HonestyVerdict.Pass), report.Count(HonestyVerdict.Warn), report.Count(HonestyVerdict.Fail), report.Count(HonestyVerdict.NotRun), report.Images,
        report.Attacked, report.Passes, report.Seconds, report.Findings, [.. report.RobustBench.Select(rule => new ConditionFigures(rule.Condition, rule.Kept))]);
}

/// <summary>A condition on a model.</summary>
/// <param name="Condition">In words.</param>
/// <param name="Kept">Whether it is kept.</param>
internal sealed record ConditionFigures(string Condition, bool Kept);
