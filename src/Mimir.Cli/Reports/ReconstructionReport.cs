using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Reports;

/// <summary>What an attack does to an auto-encoder's reconstruction.</summary>
/// <param name="Checkpoint">The auto-encoder.</param>
/// <param name="Data">The images.</param>
/// <param name="Images">How many.</param>
/// <param name="Settings">The attack.</param>
/// <param name="Natural">Error of the images as they are.</param>
/// <param name="Noise">Error of the attack's random starts.</param>
/// <param name="Attacked">Error of the attacked images.</param>
/// <param name="StillShare">Share of pixels without a gradient in the last step.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ReconstructionReport(
    string Checkpoint, string Data, int Images, ReconstructionSettings Settings, MeanErrorReport Natural, MeanErrorReport Noise, MeanErrorReport Attacked, double StillShare,
    double Seconds) : Report;

/// <summary>A mean over images.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Interval">Half the width of its 95 % interval; null for a single image.</param>
internal sealed record MeanErrorReport(double Mean, double? Interval)
{
    /// <summary>Of an error an image.</summary>
    public static MeanErrorReport Of(IReadOnlyList<float> errors)
    {
        var (mean, interval) = ReconstructionResults.Mean(errors);
        return new MeanErrorReport(mean, double.IsNaN(interval) ? null : interval);
    }
}
