using Mimir.Cli.Output;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Reports;

/// <summary>Accuracies under common corruptions.</summary>
/// <param name="Checkpoint">The classifier.</param>
/// <param name="Data">The natural images.</param>
/// <param name="Files">Where the corrupted images were read; null: they were generated.</param>
/// <param name="Origin">The same in words, with what may be concluded.</param>
/// <param name="Natural">Accuracy on the natural images.</param>
/// <param name="Images">Images under each corruption and severity.</param>
/// <param name="Corruptions">Each corruption that is done.</param>
/// <param name="Mean">Over those that are not held out; null where there is none.</param>
/// <param name="MeanOver">What that mean is over.</param>
/// <param name="Skipped">What was asked for and could not be had.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record CorruptionReport(
    string Checkpoint, string Data, string? Files, string Origin, AccuracyReport Natural, int Images, IReadOnlyList<OneCorruptionReport> Corruptions,
    MeanReport? Mean, string MeanOver, IReadOnlyList<SkippedReport> Skipped, double Seconds) : Report
{
    /// <summary>Of an evaluation.</summary>
    public static CorruptionReport Of(string verb, Corrupting corrupting, Device device, double seconds)
    {
        var scores = corrupting.Scores;
        return new CorruptionReport(
            corrupting.Recipe.Checkpoint, corrupting.Recipe.Data.Path, corrupting.Recipe.Files, string.Join("; ", CorruptionText.Origin(corrupting)), Of(corrupting.NaturalAccuracy),
            scores.Images,
            [.. scores.Means.Select(one => new OneCorruptionReport(
                one.Corruption.Name, one.Corruption.IsExtra, MeanReport.Of(one.Mean),
                [.. scores.Scores.Where(score => score.Corruption == one.Corruption).Select(score => new SeverityReport(score.Severity, Of(score.Accuracy)))]))],
            scores.Mean is { } mean ? MeanReport.Of(mean) : null, CorruptionText.MeanName(corrupting),
            [.. corrupting.Skipped.Select(skipped => new SkippedReport(skipped.Corruption.Name, skipped.Reason))], seconds)
        {
            Verb = verb,
            Device = device.Id.ToString(),
            Threads = device.Lanes,
            SimdBits = device.SimdBits,
            Seed = corrupting.Recipe.Files is null ? corrupting.Recipe.Seed : null,
        };
    }

    private static AccuracyReport Of(Accuracy accuracy) => new(accuracy.Correct, accuracy.Share, accuracy.Interval);
}

/// <summary>One corruption.</summary>
/// <param name="Name">As CIFAR-10-C calls it.</param>
/// <param name="Extra">Whether it is held out from the mean.</param>
/// <param name="Mean">Over its severities.</param>
/// <param name="Severities">Each severity.</param>
internal sealed record OneCorruptionReport(string Name, bool Extra, MeanReport Mean, IReadOnlyList<SeverityReport> Severities);

/// <summary>One severity.</summary>
/// <param name="Severity">From 1.</param>
/// <param name="Result">Its accuracy.</param>
internal sealed record SeverityReport(int Severity, AccuracyReport Result);

/// <summary>A mean of accuracies.</summary>
/// <param name="Accuracy">The mean.</param>
/// <param name="Interval">Half the width of its 95 % interval, from how images differ.</param>
internal sealed record MeanReport(double Accuracy, double Interval)
{
    /// <summary>Of a mean.</summary>
    public static MeanReport Of(MeanAccuracy mean) => new(mean.Share, mean.Interval);
}

/// <summary>A corruption that could not be had.</summary>
/// <param name="Name">As CIFAR-10-C calls it.</param>
/// <param name="Reason">Why.</param>
internal sealed record SkippedReport(string Name, string Reason);
