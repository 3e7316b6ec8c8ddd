using Mimir.Runtime.Formats;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Ablation;

/// <summary>What a training stage cost and where it ended, from the metrics that its run wrote.</summary>
/// <param name="Seconds">Seconds of training, interruptions not counted.</param>
/// <param name="ImagesPerSecond">Over the whole stage.</param>
/// <param name="Loss">Mean training loss of the last epoch.</param>
/// <param name="Reconstruction">Mean reconstruction error of the last epoch; null in fine-tuning.</param>
/// <param name="PenaltyShare">Norm of the penalty's gradient at the latent over that of the reconstruction, mean of the last epoch; null
/// without a penalty.</param>
/// <param name="PenaltyWeight">Weight λ of the penalty, mean of the last epoch; null without a penalty.</param>
/// <param name="SkippedPenalties">Steps whose penalty was not finite and left out; null without a penalty.</param>
/// <param name="OverfittedEpoch">The first epoch that the overfitting guard reported; null where it had nothing to report.</param>
public sealed record StageFigures(
    double Seconds, double ImagesPerSecond, double Loss, double? Reconstruction = null, double? PenaltyShare = null, double? PenaltyWeight = null,
    long? SkippedPenalties = null, int? OverfittedEpoch = null)
{
    /// <summary>The figures of a finished run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="batch">Images of a step.</param>
    /// <exception cref="FileFormatException">Its metrics are gone.</exception>
    public static StageFigures Of(RunFolder folder, int batch)
    {
        var epochs = folder.ReadMetrics();
        return epochs.Count > 0 ? Of(epochs, batch) : throw new FileFormatException(folder.Metrics, "holds no epoch; the figures of that run are lost");
    }

    /// <summary>The figures of a finished run.</summary>
    /// <param name="epochs">Its epochs' reports in order; not empty.</param>
    /// <param name="batch">Images of a step.</param>
    public static StageFigures Of(IReadOnlyList<EpochReport> epochs, int batch)
    {
        var last = epochs[^1];
        double? Last(string name) => last.Metrics.TryGetValue(name, out var value) ? value : null;
        var share = Last("mi_gradient_ratio");
        return new StageFigures(
            last.Seconds, last.Step * batch / last.Seconds, Last("loss") ?? double.NaN, Last("reconstruction"), share,
            share is null ? null : Last("mi_weight"), share is null ? null : Skipped(epochs), epochs.FirstOrDefault(epoch => epoch.Overfitting is not null)?.Epoch);
    }

    private static long Skipped(IReadOnlyList<EpochReport> epochs)
    {
        var (skipped, before) = (0.0, 0L);
        foreach (var epoch in epochs)
        {
            skipped += epoch.Metrics.GetValueOrDefault("mi_skipped") * (epoch.Step - before);
            before = epoch.Step;
        }

        return (long)Math.Round(skipped);
    }
}
