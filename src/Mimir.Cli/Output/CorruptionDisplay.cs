using System.Diagnostics;
using Mimir.Runtime.Corruptions;
using Mimir.Runtime.Data;

namespace Mimir.Cli.Output;

/// <summary>Shows how far an evaluation under corruptions is.</summary>
internal sealed class CorruptionDisplay(IProgressDisplay display) : ICorruptionObserver
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <inheritdoc/>
    public void OnProgress(Corruption corruption, int severity, long done, long all)
    {
        if (!display.WantsReport)
            return;
        var seconds = _clock.Elapsed.TotalSeconds;
        display.Report(
            (double)done / all,
            $"{corruption} {severity}  {done}/{all} images  {done / seconds:0} images/s  {Duration.Describe(seconds * (all - done) / done)} to go");
    }

    /// <inheritdoc/>
    public void OnDone(Corruption corruption, IReadOnlyList<ImageSet> images)
    {
    }
}
