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
    public void OnEpoch(EpochReport report)
    {
        display.Line(Describe(report));
        if (report.Overfitting is { } overfitting)
            display.Line(Warning(report.Epoch, overfitting));
    }

    /// <summary>An epoch in a line.</summary>
    public static string Describe(EpochReport report)
    {
        var metrics = report.Metrics.Select(metric => $"{metric.Key.Replace('_', ' ')} {Short(metric.Value)}");
        return $"epoch {report.Epoch}/{report.Epochs}  {string.Join("  ", metrics)}  rate {Short(report.Rate)}  {report.ImagesPerSecond:0} images/s  {Duration.Describe(report.Seconds)}";
    }

    /// <summary>What the overfitting guard found, in a line. Only where the training attack sees the model get better is it catastrophic
    /// overfitting; a model that diverges loses both.</summary>
    public static string Warning(int epoch, Overfitting overfitting)
    {
        var attacked = $"from {Percent(overfitting.AttackedBefore)} to {Percent(overfitting.AttackedNow)}";
        var finding = overfitting.AttackedNow >= overfitting.AttackedBefore
            ? $"while accuracy under the training attack rose {attacked}: catastrophic overfitting"
            : $"and accuracy under the training attack fell {attacked}: the model got worse altogether";
        var response = overfitting.Response switch
        {
            OverfittingResponse.Stop => "the run ends here",
            OverfittingResponse.Rollback => $"the run ends here with the weights of epoch {epoch - 1}",
            _ => "the run goes on (--on-overfitting stop or rollback ends it)",
        };
        return $"WARNING: in epoch {epoch} accuracy under PGD-{OverfittingGuard.Steps} fell from {Percent(overfitting.GuardBefore)} to {Percent(overfitting.GuardNow)}, {finding}; {response}";
    }

    /// <summary>How a run came to its end.</summary>
    public static string Ending(EpochReport last) => last.Overfitting switch
    {
        { Response: OverfittingResponse.Rollback } => $"ended by --on-overfitting rollback after epoch {last.Epoch}/{last.Epochs}, with the weights of epoch {last.Epoch - 1}",
        { Response: OverfittingResponse.Stop } => $"ended by --on-overfitting stop after epoch {last.Epoch}/{last.Epochs}",
        _ => $"done: {Describe(last)}",
    };

    private static string Percent(double share) => $"{100 * share:0.0} %";

    private static string Short(double value) => Math.Abs(value) is >= 1e-3 and < 1e4 or 0 ? $"{value:0.0000}" : $"{value:0.00e+0}";
}
