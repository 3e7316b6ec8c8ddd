using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Output;

/// <summary>Shows a demonstration: a line a stage, a bar over the whole.</summary>
internal sealed class DemoDisplay(IProgressDisplay display) : IDemoObserver
{
    private string _row = "";
    private string _stage = "";
    private double _start;
    private double _share;
    private EpochReport? _last;

    /// <inheritdoc/>
    public void OnStage(string row, string stage, double start, double share)
    {
        EndStage();
        (_row, _stage, _start, _share) = (row, stage, start, share);
    }

    /// <inheritdoc/>
    public void OnStep(in StepProgress progress)
    {
        if (!display.WantsReport)
            return;
        display.Report(
            _start + _share * progress.Epoch / progress.Epochs,
            $"{_row}: {_stage}, epoch {progress.Epoch:0.0}/{progress.Epochs}, loss {progress.Loss:0.000}, {progress.ImagesPerSecond:0} images/s");
    }

    /// <inheritdoc/>
    public void OnEpoch(EpochReport report) => _last = report;

    /// <summary>The line of the stage that is over.</summary>
    public void EndStage()
    {
        if (_last is { } last)
            display.Line($"  {_row}: {_stage}, {last.Epochs} epochs, loss {last.Metrics["loss"]:0.000}, {Duration.Describe(last.Seconds)}");
        _last = null;
    }
}
