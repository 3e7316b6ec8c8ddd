using System.Text.Json.Serialization;

namespace Mimir.Runtime.Training;

/// <summary>Watches a run; called on the training thread.</summary>
public interface ITrainingObserver
{
    /// <summary>Once everything was checked and made, before the first batch.</summary>
    void OnStart(TrainingStart start)
    {
    }

    /// <summary>After every batch.</summary>
    void OnStep(in StepProgress progress);

    /// <summary>After every epoch.</summary>
    void OnEpoch(EpochReport report);
}

/// <summary>What a run is about to do.</summary>
/// <param name="Source">Where the images come from.</param>
/// <param name="Images">Training images.</param>
/// <param name="Parameters">Trained numbers of the model.</param>
/// <param name="StepsPerEpoch">Steps of the optimiser an epoch.</param>
/// <param name="EpochsDone">Whole epochs that lie behind a resumed run.</param>
public sealed record TrainingStart(string Source, int Images, long Parameters, int StepsPerEpoch, int EpochsDone);

/// <summary>Where a run is after a batch.</summary>
/// <param name="Epoch">Epochs done, with the fraction of the one under way.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Loss">The batch's loss.</param>
/// <param name="ImagesPerSecond">Since the loop started.</param>
/// <param name="Remaining">Time to go at that speed.</param>
public readonly record struct StepProgress(double Epoch, int Epochs, double Loss, double ImagesPerSecond, TimeSpan Remaining);

/// <summary>What an epoch measured: one line of <c>metrics.jsonl</c>.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Batches done in all.</param>
/// <param name="Rate">The last learning rate.</param>
/// <param name="Metrics">Means over the epoch's batches; a metric that no batch had is absent.</param>
/// <param name="Seconds">Seconds of training so far.</param>
/// <param name="ImagesPerSecond">Speed of the epoch.</param>
public sealed record EpochReport(
    int Epoch, int Epochs, long Step, double Rate, IReadOnlyDictionary<string, double> Metrics, double Seconds, double ImagesPerSecond)
{
    /// <summary>What the overfitting guard reports; null where there is nothing to report.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Overfitting? Overfitting { get; init; }
}
