using Mimir.Runtime.Ablation;

namespace Mimir.Runtime.Tests.Ablation;

[TestFixture]
internal sealed class PairedDifferenceTests
{
    // 2 P(X <= min) of a binomial with probability 1/2, in exact fractions.
    [TestCase(10, 2, 0.03857421875)]
    [TestCase(2, 10, 0.03857421875)]
    [TestCase(5, 0, 0.0625)]
    [TestCase(6, 0, 0.03125)]
    [TestCase(5, 5, 1)]
    [TestCase(0, 0, 1)]
    [TestCase(59, 33, 0.008780930806975222)]
    [TestCase(320, 280, 0.1112706341609908)]
    [TestCase(1200, 1000, 2.1817026407914712e-05)]
    public void TheTestIsExact(int gained, int lost, double expected) =>
        Assert.That(new PairedDifference(10_000, gained, lost).PValue, Is.EqualTo(expected).Within(1e-9).Percent);

    [Test]
    public void OnlyDisagreementsCount()
    {
        var pair = PairedDifference.Of(Column("1101001"), Column("1010011"));
        Assert.That(pair, Is.EqualTo(new PairedDifference(7, 2, 2)));
        Assert.That(PairedDifference.Of(Column("111"), Column("100")), Is.EqualTo(new PairedDifference(3, 2, 0)));
        Assert.That(PairedDifference.Of(Column("100"), Column("111")).Difference, Is.EqualTo(-2.0 / 3));
        Assert.That(() => PairedDifference.Of(Column("10"), Column("1")), Throws.ArgumentException);
    }

    [Test]
    public void TheIntervalExcludesZeroJustWhereTheTestRejects()
    {
        for (var gained = 0; gained <= 24; gained++)
        {
            for (var lost = 0; lost <= 24; lost++)
            {
                var pair = new PairedDifference(100, gained, lost);
                Assert.That(pair.Interval.ExcludesZero, Is.EqualTo(pair.PValue < 0.05), $"{gained} against {lost}");
                Assert.That(pair.Interval.Value, Is.EqualTo(pair.Difference).And.InRange(pair.Interval.Low, pair.Interval.High));
            }
        }
    }

    [Test]
    public void WithoutDisagreementADifferenceIsStillPossible()
    {
        var interval = new PairedDifference(1000, 0, 0).Interval;
        Assert.That(interval.High, Is.EqualTo(1 - Math.Pow(0.025, 1.0 / 1000)).Within(1e-12));
        Assert.That((interval.Value, interval.Low), Is.EqualTo((0.0, -interval.High)));
    }

    [Test]
    public void AColumnCountsItsImages()
    {
        var column = EvaluatedColumn.Of("natural", [true, false, true]);
        Assert.That(column.Right, Is.EqualTo("101"));
        Assert.That((column.Accuracy.Correct, column.IsRight(0), column.IsRight(1)), Is.EqualTo((2, true, false)));
    }

    private static EvaluatedColumn Column(string right) => new("natural", right);
}
