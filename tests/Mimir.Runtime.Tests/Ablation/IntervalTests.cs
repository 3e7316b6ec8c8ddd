using Mimir.Runtime.Ablation;

namespace Mimir.Runtime.Tests.Ablation;

[TestFixture]
internal sealed class IntervalTests
{
    // Any table of Student's t, two-sided 5 %.
    [TestCase(1, 12.706)]
    [TestCase(2, 4.303)]
    [TestCase(4, 2.776)]
    [TestCase(10, 2.228)]
    [TestCase(29, 2.045)]
    [TestCase(1000, 1.962)]
    public void StudentsQuantilesAreThoseOfTheTables(int freedom, double expected) =>
        Assert.That(Interval.StudentQuantile(freedom), Is.EqualTo(expected).Within(5e-4));

    [Test]
    public void AMeanHasStudentsInterval()
    {
        // Mean 2, s 1, so t(2)/sqrt(3) = 4.302653/1.732051.
        var interval = Interval.OfMean([1, 2, 3]);
        Assert.Multiple(() =>
        {
            Assert.That(interval.Value, Is.EqualTo(2));
            Assert.That(interval.High - 2, Is.EqualTo(2.484138).Within(1e-6));
            Assert.That(2 - interval.Low, Is.EqualTo(2.484138).Within(1e-6));
            Assert.That(interval.ExcludesZero, Is.False);
            Assert.That(Interval.OfMean([1.9, 2, 2.1]).ExcludesZero);
            Assert.That(Interval.OfMean([-1.9, -2, -2.1]).ExcludesZero);
        });
        Assert.That(() => Interval.OfMean([1]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    // Clopper and Pearson 1934; without successes the upper end is 1 - 0.025^(1/n).
    [TestCase(0, 10, 0, 0.30850)]
    [TestCase(10, 10, 0.69150, 1)]
    [TestCase(5, 10, 0.18709, 0.81291)]
    [TestCase(1, 20, 0.00127, 0.24873)]
    public void AShareHasTheExactInterval(int successes, int trials, double low, double high)
    {
        var interval = Interval.OfShare(successes, trials);
        Assert.That((interval.Low, interval.High), Is.EqualTo((low, high)).Using<(double, double)>(
            (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-5 && Math.Abs(a.Item2 - b.Item2) < 1e-5));
        Assert.That(interval.Value, Is.EqualTo((double)successes / trials));
    }

    [Test]
    public void ACountMustBePossible()
    {
        Assert.That(() => Interval.OfShare(0, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Interval.OfShare(-1, 5), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Interval.OfShare(6, 5), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
