using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Output;

/// <summary>Shows an evaluation: the header when it starts, a bar while it runs, a line an attack.</summary>
/// <param name="display">Where.</param>
/// <param name="header">The lines before the first image, made once the evaluation is known to start.</param>
internal sealed class EvaluationDisplay(IProgressDisplay display, Func<EvaluationSession, IEnumerable<string>> header) : IEvaluationObserver
{
    /// <inheritdoc/>
    public bool WantsProgress => display.WantsReport;

    /// <summary>What the evaluation remarked.</summary>
    public List<string> Notes { get; } = [];

    /// <inheritdoc/>
    public void OnStart(EvaluationSession session)
    {
        foreach (var line in header(session))
            display.Line(line);
    }

    /// <inheritdoc/>
    public void OnNatural(Accuracy natural) => display.Line($"natural  {Describe(natural)}");

    /// <inheritdoc/>
    public void OnNote(string note)
    {
        Notes.Add(note);
        display.Line($"note: {note}");
    }

    /// <inheritdoc/>
    public void OnProgress(in EvaluationProgress progress) => display.Report(
        progress.Share,
        $"{progress.Attack}{(progress.Attacks > 1 ? $" ({progress.Number + 1}/{progress.Attacks})" : "")}  {progress.Done}/{progress.Images} images  "
            + $"{progress.ImagesPerSecond:0.0} images/s ({progress.EvaluationsPerSecond:0} passes/s)  {100 * progress.Standing.Share:0.0} % stand  "
            + (double.IsNaN(progress.Remaining) ? "" : $"at most {Duration.Describe(progress.Remaining)} to go"));

    /// <inheritdoc/>
    public void OnAttack(AttackRecord attack) => display.Line(
        $"{attack.Name}  {attack.Broken} of {attack.Images.Count} images broken  robust {Describe(attack.RobustAfter)}  {Duration.Describe(attack.Seconds)}");

    private static string Describe(Accuracy accuracy) => $"{100 * accuracy.Share:0.00} % +- {100 * accuracy.Interval:0.00}";
}
