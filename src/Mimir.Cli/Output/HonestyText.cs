using Mimir.Cli.Reports;
using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Output;

/// <summary>The report on an evaluation's honesty.</summary>
internal static class HonestyText
{
    /// <summary>A verdict as it is printed.</summary>
    public static string Word(HonestyVerdict verdict) => verdict == HonestyVerdict.NotRun ? "NOT RUN" : verdict.ToString().ToUpperInvariant();

    /// <summary>Writes all findings.</summary>
    public static void Write(HonestyFigures honesty, TextWriter output)
    {
        output.WriteLine(
            $"honesty: {honesty.Passed} PASS, {honesty.Warned} WARN, {honesty.Failed} FAIL, {honesty.NotRun} NOT RUN "
                + $"({honesty.Images} images, of which {honesty.Attacked} were attacked; {honesty.Passes} passes, {Duration.Describe(honesty.Seconds)})");
        foreach (var finding in honesty.Findings)
        {
            output.WriteLine($"{finding.Number,3} {Word(finding.Verdict),-7} {finding.Title}: {finding.Figures}");
            foreach (var detail in finding.Details)
                output.WriteLine($"            {detail}");
        }

        output.WriteLine($"RobustBench's conditions: {string.Join("; ", honesty.RobustBench.Select(rule => $"{rule.Condition}: {(rule.Kept ? "kept" : "BROKEN")}"))}");
    }

    /// <summary>The findings that stand beside the headline.</summary>
    public static IEnumerable<string> Failures(HonestyFigures honesty) => honesty.Findings
        .Where(finding => finding.Verdict == HonestyVerdict.Fail)
        .Select(finding => $"FAIL {finding.Number} {finding.Title}: {finding.Figures}");

    /// <summary>What follows the headline's figure on its line; empty where nothing speaks against it.</summary>
    public static string Remark(HonestyFigures honesty) => honesty.Failed == 0
        ? ""
        : $" NOT TO BE BELIEVED: {honesty.Failed} honesty check{(honesty.Failed == 1 ? "" : "s")} FAIL ({string.Join(", ", honesty.Findings.Where(f => f.Verdict == HonestyVerdict.Fail).Select(f => f.Title))})";
}
