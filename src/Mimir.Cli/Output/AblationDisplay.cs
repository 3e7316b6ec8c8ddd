using System.Diagnostics;
using Mimir.Runtime.Ablation;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Output;

/// <summary>Shows an ablation: a line a stage, a bar over the whole with the time to go.</summary>
/// <param name="display">Where.</param>
/// <param name="seeds">How many seeds there are; one is not named.</param>
internal sealed class AblationDisplay(IProgressDisplay display, int seeds) : IAblationObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private AblationStage? _stage;
    private EpochReport? _last;
    private double? _first;

    /// <inheritdoc/>
    public void OnStage(AblationStage stage)
    {
        EndStage();
        _stage = stage;
    }

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        if (start.EpochsDone > 0)
            display.Line($"  {Title}, resumed in epoch {start.EpochsDone + 1}");
    }

    /// <inheritdoc/>
    public void OnStep(in StepProgress progress)
    {
        var share = progress.Epoch / progress.Epochs;
        _first ??= _stage!.Start + _stage.Share * share;
        if (display.WantsReport)
            Report(share, $"epoch {progress.Epoch:0.0}/{progress.Epochs}, loss {progress.Loss:0.000}, {progress.ImagesPerSecond:0} images/s");
    }

    /// <inheritdoc/>
    public void OnEpoch(EpochReport report)
    {
        _last = report;
        if (report.Overfitting is { } overfitting)
            display.Line($"  {Title}: {TrainingDisplay.Warning(report.Epoch, overfitting)}");
    }

    /// <inheritdoc/>
    public bool WantsProgress => display.WantsReport;

    /// <inheritdoc/>
    public void OnProgress(in EvaluationProgress progress)
    {
        _first ??= _stage!.Start + _stage.Share * progress.Share;
        Report(progress.Share, $"{progress.Done}/{progress.Images} images");
    }

    /// <inheritdoc/>
    public void OnEvaluated(EvaluationResults results) => display.Line(
        $"  {Title}, {results.Images} images, natural {100 * results.Natural.Share:0.0} %, robust {100 * results.RobustAccuracy.Share:0.0} %");

    // The line of the training stage that is over; an evaluation follows each.
    private void EndStage()
    {
        if (_last is { } last)
            display.Line($"  {Title}, {last.Epochs} epochs, loss {last.Metrics["loss"]:0.000}, {last.ImagesPerSecond:0} images/s, {Duration.Describe(last.Seconds)}");
        _last = null;
    }

    private string Title => seeds == 1 ? $"{_stage!.Arm}: {_stage.Name}" : $"{_stage!.Arm}, seed {_stage.Seed}: {_stage.Name}";

    private void Report(double share, string words)
    {
        var done = _stage!.Start + _stage.Share * share;
        var worked = done - _first!.Value;
        var left = worked > 0 ? $", {Duration.Describe(_clock.Elapsed.TotalSeconds * (1 - done) / worked)} to go in all" : "";
        display.Report(done, $"{Title}, {words}{left}");
    }
}
