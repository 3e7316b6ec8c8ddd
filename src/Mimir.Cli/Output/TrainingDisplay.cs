using Mimir.Runtime.Training;

namespace Mimir.Cli.Output;

/// <summary>Shows a training run: the header when it starts, a bar while it runs, a line an epoch.</summary>
/// <param name="display">Where.</param>
/// <param name="header">The lines before the first step, made once the run is known to start.</param>
internal sealed class TrainingDisplay(IProgressDisplay display, Func<TrainingStart, IEnumerable<string>> header) : ITrainingObserver
{
    /// <summary>Whole and part epochs done.</summary>
    public double Epoch { get; private set; }

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        Epoch = start.EpochsDone;
        foreach (var line in header(start))
            display.Line(line);
    }

    /// <inheritdoc/>
    public void OnStep(in StepProgress progress)
    {
        Epoch = progress.Epoch;
        if (display.WantsReport)
        {
            display.Report(
                progress.Epoch / progress.Epochs,
                $"epoch {progress.Epoch:0.00}/{progress.Epochs}  loss {progress.Loss:0.0000}  {progress.ImagesPerSecond:0} images/s  "
                    + $"{Duration.Describe(progress.Remaining.TotalSeconds)} to go");
        }
    }

    /// <inheritdoc/>
    public void OnEpoch(EpochReport report) => display.Line(Describe(report));

    /// <summary>An epoch in a line.</summary>
    public static string Describe(EpochReport report)
    {
        var metrics = report.Metrics.Select(metric => $"{metric.Key.Replace('_', ' ')} {Short(metric.Value)}");
        return $"epoch {report.Epoch}/{report.Epochs}  {string.Join("  ", metrics)}  rate {Short(report.Rate)}  {report.ImagesPerSecond:0} images/s  {Duration.Describe(report.Seconds)}";
    }

    private static string Short(double value) => Math.Abs(value) is >= 1e-3 and < 1e4 or 0 ? $"{value:0.0000}" : $"{value:0.00e+0}";
}
