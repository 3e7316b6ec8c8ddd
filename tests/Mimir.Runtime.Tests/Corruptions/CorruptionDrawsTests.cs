using Mimir.Runtime.Corruptions;

namespace Mimir.Runtime.Tests.Corruptions;

[TestFixture]
internal sealed class CorruptionDrawsTests
{
    private const int Count = 20_000;

    /// <summary>Moments lie within this many standard errors; the seed is fixed.</summary>
    private const double Errors = 4;

    [TestCase(0.02)]
    [TestCase(3)]
    [TestCase(9.99)]
    [TestCase(10)]
    [TestCase(37.5)]
    [TestCase(500)]
    public void PoissonNumbersHaveTheirMoments(double rate)
    {
        var draws = new CorruptionDraws(1, 2, 3, 4);
        var (mean, variance, skew) = Moments(() => draws.Poisson(rate));
        Assert.That(mean, Is.EqualTo(rate).Within(Errors * Math.Sqrt(rate / Count)));
        Assert.That(variance, Is.EqualTo(rate).Within(Errors * Math.Sqrt((rate + 2 * rate * rate) / Count)));
        Assert.That(skew, Is.EqualTo(1 / Math.Sqrt(rate)).Within(Errors * Math.Sqrt((6 + 25 / rate + 1 / (rate * rate)) / Count)));
    }

    [TestCase(10)]
    [TestCase(50)]
    public void PoissonNumbersHaveTheirFrequencies(double rate)
    {
        var draws = new CorruptionDraws(5, 0, 1, 0);
        var counts = new int[(int)(rate * 4)];
        for (var i = 0; i < Count; i++)
            counts[draws.Poisson(rate)]++;
        var share = Math.Exp(-rate);
        for (var k = 0; k < counts.Length; k++)
        {
            Assert.That(counts[k], Is.EqualTo(share * Count).Within(1 + Errors * Math.Sqrt(share * Count)), $"{k} of rate {rate}");
            share *= rate / (k + 1);
        }
    }

    [Test]
    public void NormalNumbersHaveTheirMoments()
    {
        var draws = new CorruptionDraws(1, 0, 1, 0);
        var (mean, variance, skew) = Moments(() => draws.Normal(2, 3));
        Assert.That(mean, Is.EqualTo(2).Within(Errors * 3 / Math.Sqrt(Count)));
        Assert.That(variance, Is.EqualTo(9).Within(Errors * 9 * Math.Sqrt(2.0 / Count)));
        Assert.That(skew, Is.Zero.Within(Errors * Math.Sqrt(6.0 / Count)));
    }

    [Test]
    public void EveryImageCorruptionSeverityAndSeedHasItsOwnStream()
    {
        double First(ulong seed, int corruption, int severity, int image) => new CorruptionDraws(seed, corruption, severity, image).Uniform(0, 1);
        var firsts = new[] { First(0, 0, 1, 0), First(1, 0, 1, 0), First(0, 1, 1, 0), First(0, 0, 2, 0), First(0, 0, 1, 1), First(0, 18, 5, int.MaxValue) };
        Assert.That(firsts, Is.Unique);
        Assert.That(First(0, 1, 1, 0), Is.EqualTo(firsts[2]));
    }

    private static (double Mean, double Variance, double Skew) Moments(Func<double> draw)
    {
        var values = Enumerable.Range(0, Count).Select(_ => draw()).ToArray();
        var mean = values.Average();
        var variance = values.Average(value => (value - mean) * (value - mean));
        return (mean, variance, values.Average(value => Math.Pow(value - mean, 3)) / Math.Pow(variance, 1.5));
    }
}
