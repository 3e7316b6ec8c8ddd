using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Reports;

/// <summary>Accuracies of a classifier.</summary>
/// <param name="Checkpoint">The classifier.</param>
/// <param name="Data">The images.</param>
/// <param name="Images">How many.</param>
/// <param name="Norm">How the length of a perturbation is measured.</param>
/// <param name="Eps">Radius of the ball in [0, 1].</param>
/// <param name="Mode">Which images each attack got.</param>
/// <param name="Natural">As the images are.</param>
/// <param name="Robust">In the worst case over all attacks, image by image.</param>
/// <param name="Attacks">Each attack, in the order asked for.</param>
/// <param name="Recheck">A last look at every x'.</param>
/// <param name="Honesty">What the checks say; null where they were not asked for.</param>
/// <param name="Notes">What a reader should know.</param>
/// <param name="Samples">Image by image.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record EvaluationReport(
    string Checkpoint, string Data, int Images, AttackNorm Norm, float Eps, EvaluationMode Mode, AccuracyReport Natural, AccuracyReport Robust,
    IReadOnlyList<AttackReport> Attacks, RecheckFigures Recheck, HonestyFigures? Honesty, IReadOnlyList<string> Notes, SamplesReport Samples, double Seconds) : Report
{
    /// <summary>Of an evaluation that reached its end.</summary>
    public static EvaluationReport Of(
        EvaluateRecipe recipe, EvaluationSession session, Recheck recheck, HonestyReport? honesty, IReadOnlyList<string> notes, double seconds, Device device)
    {
        var results = session.Results;
        return new EvaluationReport(
            recipe.Checkpoint, recipe.Data.Path, results.Images, recipe.Attack.Norm, recipe.Attack.Eps, recipe.Mode, AccuracyReport.Of(results.Natural),
            AccuracyReport.Of(results.RobustAccuracy), [.. results.Attacks.Zip(session.Plan, AttackReport.Of)], RecheckFigures.Of(recheck),
            honesty is null ? null : HonestyFigures.Of(honesty), notes,
            new SamplesReport(results.NaturalPredictions, results.Predictions, results.Robust, results.BrokenBy), seconds)
        {
            Verb = Evaluating.Verb,
            Device = device.Id.ToString(),
            Threads = device.Lanes,
            SimdBits = device.SimdBits,
            Seed = recipe.Attack.Seed,
        };
    }
}

/// <summary>An accuracy.</summary>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Accuracy">Their share.</param>
/// <param name="Interval">Half the width of its 95 % interval.</param>
internal sealed record AccuracyReport(int Correct, double Accuracy, double Interval)
{
    /// <summary>Of counts.</summary>
    public static AccuracyReport Of(Accuracy accuracy) => new(accuracy.Correct, accuracy.Share, accuracy.Interval);
}

/// <summary>What an attack did.</summary>
/// <param name="Name">Such as <c>pgd-20</c>.</param>
/// <param name="Settings">How hard it tried.</param>
/// <param name="Images">Images that it got.</param>
/// <param name="Broken">Of these, images whose x' is classified wrongly.</param>
/// <param name="Robust">Accuracy after it and all attacks before it; by it alone where each attack got all images.</param>
/// <param name="Nearest">What an attack without a ball says; null for one with.</param>
/// <param name="SilentSuccesses">Images that it had fooled at some iterate and gave back right.</param>
/// <param name="Disagreements">Images on which the attack and the independent prediction do not agree.</param>
/// <param name="Forwards">Forward passes of single images.</param>
/// <param name="Backwards">Backward passes of single images.</param>
/// <param name="ImagesPerSecond">Images a second.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record AttackReport(
    string Name, AttackSettings Settings, int Images, int Broken, AccuracyReport Robust, NearestReport? Nearest, int SilentSuccesses, int Disagreements, long Forwards,
    long Backwards, double ImagesPerSecond, double Seconds)
{
    /// <summary>Of an attack that is over.</summary>
    public static AttackReport Of(AttackRecord attack, PlannedAttack planned) => new(
        attack.Name, planned.Settings, attack.Images.Count, attack.Broken, AccuracyReport.Of(attack.RobustAfter), NearestReport.Of(attack), attack.SilentSuccesses,
        attack.Disagreements, attack.Forwards, attack.Backwards, attack.Seconds > 0 ? attack.Images.Count / attack.Seconds : 0, attack.Seconds);
}

/// <summary>What is known image by image.</summary>
/// <param name="Natural">The class of each image as it is.</param>
/// <param name="Prediction">The class of each x'.</param>
/// <param name="Robust">Whether each image stands.</param>
/// <param name="BrokenBy">The first attack that broke it.</param>
internal sealed record SamplesReport(
    IReadOnlyList<int> Natural, IReadOnlyList<int> Prediction, IReadOnlyList<bool> Robust, IReadOnlyList<string?> BrokenBy);
