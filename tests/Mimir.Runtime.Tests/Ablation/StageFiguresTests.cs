using Mimir.Runtime.Ablation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Ablation;

[TestFixture]
internal sealed class StageFiguresTests
{
    [Test]
    public void SkippedPenaltiesAreCountedOverAllEpochs()
    {
        var figures = StageFigures.Of(
            [Epoch(1, 10, 5, ("loss", 1), ("mi_skipped", 0.3), ("mi_gradient_ratio", 0.5), ("mi_weight", 0.1)), Epoch(2, 20, 8, ("loss", 0.5), ("reconstruction", 0.4), ("mi_skipped", 0.1), ("mi_gradient_ratio", 0.25), ("mi_weight", 0.2))],
            batch: 16);
        Assert.That(figures, Is.EqualTo(new StageFigures(8, 20 * 16 / 8.0, 0.5, 0.4, 0.25, 0.2, 4)));
    }

    [Test]
    public void WithoutAPenaltyThereIsNothingToSkip()
    {
        var figures = StageFigures.Of([Epoch(1, 10, 5, ("loss", 1), ("reconstruction", 1), ("mi_skipped", 0), ("mi_weight", 0))], batch: 16);
        Assert.That((figures.PenaltyShare, figures.PenaltyWeight, figures.SkippedPenalties), Is.EqualTo(((double?)null, (double?)null, (long?)null)));
    }

    [Test]
    public void TheFirstOverfittedEpochIsKept()
    {
        var overfitted = Epoch(2, 20, 2, ("loss", 1)) with { Overfitting = new Overfitting(0.5, 0.1, 0.5, 0.9, OverfittingResponse.Report) };
        Assert.That(StageFigures.Of([Epoch(1, 10, 1, ("loss", 1)), overfitted, overfitted with { Epoch = 3 }], batch: 1).OverfittedEpoch, Is.EqualTo(2));
        Assert.That(StageFigures.Of([Epoch(1, 10, 1, ("loss", 1))], batch: 1).OverfittedEpoch, Is.Null);
    }

    private static EpochReport Epoch(int number, long step, double seconds, params (string Name, double Value)[] metrics) =>
        new(number, 2, step, 0.1, metrics.ToDictionary(metric => metric.Name, metric => metric.Value), seconds, 1);
}
