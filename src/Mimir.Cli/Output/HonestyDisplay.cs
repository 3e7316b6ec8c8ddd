using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Output;

/// <summary>Shows an examination: its cost before it starts, a bar while it runs, a line a check.</summary>
internal sealed class HonestyDisplay(IProgressDisplay display) : IHonestyObserver
{
    /// <inheritdoc/>
    public bool WantsProgress => display.WantsReport;

    /// <inheritdoc/>
    public void OnEstimate(int images, HonestyCost most, double seconds) => display.Line(
        $"honesty: 15 checks on {images} images, at most {most.Forwards} forward and {most.Backwards} backward passes, {Duration.Describe(seconds)} at the speed just measured");

    /// <inheritdoc/>
    public void OnProgress(int number, string title, double share, double remaining) => display.Report(
        share, $"honesty {number}/15 {title}  at most {Duration.Describe(remaining)} to go");

    /// <inheritdoc/>
    public void OnFinding(HonestyFinding finding) => display.Line($"honesty {finding.Number}/15 {finding.Title}: {HonestyText.Word(finding.Verdict)}");
}
