using Mimir.Cli.Options;
using Mimir.Cli.Reports;
using Mimir.Runtime.Attacks;

namespace Mimir.Cli.Output;

/// <summary>A look at attacked images in words.</summary>
internal static class RecheckText
{
    /// <summary>Writes a look at a file.</summary>
    public static void Write(RecheckReport report, TextWriter output)
    {
        foreach (var line in Lines(report.Recheck, report.Images, report.Norm, report.Eps))
            output.WriteLine(line);
    }

    /// <summary>Measures, then accuracies.</summary>
    public static IEnumerable<string> Lines(RecheckFigures found, int images, AttackNorm norm, float eps)
    {
        yield return $"max {norm} perturbation: {found.LargestDistance:0.00000} (eps {eps:0.00000}, {AttackPlanOptions.Describe(norm, eps)}), outside: {found.OutsideBall}, "
            + $"NaN: {found.Nan}, min: {found.Smallest:0.00000}, max: {found.Largest:0.00000}";
        yield return $"x' classified anew: {Describe(found.Accuracy, images)}"
            + (found.PredictionsChanged is { } changed ? $", {changed} predictions not as recorded" : "")
            + $"; rounded to 8 bits: {Describe(found.Rounded, images)}, max perturbation {found.LargestRoundedDistance:0.00000}";
    }

    private static string Describe(AccuracyReport accuracy, int images) => $"{100 * accuracy.Accuracy:0.00} % ({accuracy.Correct} of {images})";
}
