using Mimir.Runtime.Verification;

namespace Mimir.Cli.Output;

/// <summary>Prints a verification: of every case and group the worst tensor, and every one that failed.</summary>
internal static class VerificationTable
{
    /// <summary>Writes the table and a verdict.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="report">The comparisons.</param>
    /// <param name="all">Whether to print every tensor.</param>
    public static void Write(TextWriter output, VerifyReport report, bool all)
    {
        var table = new TextTable(
            ("case", false), ("group", false), ("tensors", true), (all ? "tensor" : "worst tensor", false), ("error", true), ("bound", true),
            ("largest", true), ("at", true), ("verdict", false));
        foreach (var group in report.Lines.GroupBy(line => (line.Case, Group: GroupOf(line.Tensor))))
        {
            var lines = group.ToArray();
            var failed = lines.Where(line => !line.Passed).ToArray();
            var shown = all ? lines : failed.Length > 0 ? failed : [lines.MaxBy(line => line.Bound > 0 ? line.RelativeError / line.Bound : line.RelativeError)!];
            foreach (var line in shown)
                table.Add(group.Key.Case, group.Key.Group, $"{lines.Length}", line.Tensor, Number(line.RelativeError), Number(line.Bound), Number(line.LargestError), line.Where, Verdict(line));
        }

        table.Write(output);
        output.WriteLine(report.Bounds.Describe());
        var outside = report.Lines.Count(line => !line.Passed);
        output.WriteLine(report.Lines.Count == 0 ? "failed: there was nothing to compare"
            : outside == 0 ? $"passed: all {report.Lines.Count} tensors lie inside their bounds"
            : $"failed: {outside} of {report.Lines.Count} comparisons");
    }

    private static string GroupOf(string tensor) =>
        tensor.StartsWith("output.loss", StringComparison.Ordinal) || tensor == "output.mi" ? "losses"
        : tensor.StartsWith("grad", StringComparison.Ordinal) || tensor.Contains("grad", StringComparison.Ordinal) ? "gradients"
        : tensor.StartsWith("after_layer_decay", StringComparison.Ordinal) ? "layered updates"
        : tensor.StartsWith("after", StringComparison.Ordinal) ? "updates"
        : tensor.StartsWith("output.", StringComparison.Ordinal) ? "outputs"
        : "other";

    private static string Number(double value) => double.IsNaN(value) ? "-" : value == 0 ? "0" : $"{value:0.0e+0}";

    private static string Verdict(VerifyLine line) => line.Passed ? "ok" : line.Problem.Length > 0 ? $"FAILED: {line.Problem}" : "FAILED";
}
