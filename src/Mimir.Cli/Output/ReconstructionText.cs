using Mimir.Cli.Reports;

namespace Mimir.Cli.Output;

/// <summary>An attack on a reconstruction as a table.</summary>
internal static class ReconstructionText
{
    /// <summary>Writes it.</summary>
    public static void Write(ReconstructionReport report, TextWriter output)
    {
        var table = new TextTable(("images", false), ("error of hidden patches", true), ("95 %", false), ("against natural", true));
        void Add(string name, MeanErrorReport error) => table.Add(
            name, $"{error.Mean:0.0000}", error.Interval is { } interval ? $"+- {interval:0.0000}" : "", $"{error.Mean / report.Natural.Mean - 1:+0.0 %;-0.0 %;0.0 %}");
        Add("natural", report.Natural);
        Add("random start", report.Noise);
        Add("attacked", report.Attacked);
        table.Write(output);
        output.WriteLine($"pixels without gradient in the last step: {100 * report.StillShare:0.0} %; they keep the noise of the start");
    }
}
