using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Reports;

/// <summary>Attacked images that were looked at anew.</summary>
/// <param name="Checkpoint">The classifier.</param>
/// <param name="Data">The images as they are.</param>
/// <param name="File">The attacked images.</param>
/// <param name="Images">How many.</param>
/// <param name="Norm">How the length of a perturbation is measured.</param>
/// <param name="Eps">Radius of the ball in [0, 1].</param>
/// <param name="Recheck">What was found.</param>
internal sealed record RecheckReport(
    string Checkpoint, string Data, string File, int Images, AttackNorm Norm, float Eps, RecheckFigures Recheck) : Report;

/// <summary>What a look at attacked images found.</summary>
/// <param name="Sound">Whether all lie in [0, 1] and in the ball, without NaN.</param>
/// <param name="Accuracy">On the float32 images.</param>
/// <param name="Rounded">On the images rounded to 8 bits.</param>
/// <param name="PredictionsChanged">Images whose class is not the recorded one; null where none was recorded.</param>
/// <param name="LargestDistance">Length of the longest perturbation.</param>
/// <param name="LargestRoundedDistance">The same of the rounded images.</param>
/// <param name="OutsideBall">Images outside the ball.</param>
/// <param name="Nan">Pixels that are NaN.</param>
/// <param name="Smallest">The smallest pixel.</param>
/// <param name="Largest">The largest pixel.</param>
internal sealed record RecheckFigures(
    bool Sound, AccuracyReport Accuracy, AccuracyReport Rounded, int? PredictionsChanged, float LargestDistance, float LargestRoundedDistance, int OutsideBall,
    long Nan, float Smallest, float Largest)
{
    /// <summary>Of a look.</summary>
    public static RecheckFigures Of(Recheck recheck) => new(
        recheck.IsSound, AccuracyReport.Of(recheck.Accuracy), AccuracyReport.Of(recheck.Rounded), recheck.PredictionsChanged, recheck.LargestDistance,
        recheck.LargestRoundedDistance, recheck.OutsideBall, recheck.NaNs, recheck.Smallest, recheck.Largest);
}
