using Mimir.Runtime.Ablation;

namespace Mimir.Runtime.Tests.Ablation;

[TestFixture]
internal sealed class BetaDistributionTests
{
    // Binomial tails in exact fractions: I_x(a, b) = P(at least a of a + b - 1 successes).
    [TestCase(0.3, 2, 5, 0.579825)]
    [TestCase(0.9, 5, 2, 0.885735)]
    [TestCase(0.5, 300, 350, 0.9751996556453284)]
    [TestCase(0.01, 3, 900, 0.9940385303310046)]
    public void AgreesWithBinomialTails(double x, double a, double b, double expected) =>
        Assert.That(BetaDistribution.Cumulative(x, a, b), Is.EqualTo(expected).Within(1e-12).Percent);

    [Test]
    public void AgreesWithClosedForms()
    {
        foreach (var x in new[] { 1e-9, 0.01, 0.2, 0.5, 0.77, 0.999 })
        {
            Assert.That(BetaDistribution.Cumulative(x, 0.5, 0.5), Is.EqualTo(2 / Math.PI * Math.Asin(Math.Sqrt(x))).Within(1e-11).Percent, $"arcsine law at {x}");
            Assert.That(BetaDistribution.Cumulative(x, 3.7, 1), Is.EqualTo(Math.Pow(x, 3.7)).Within(1e-11).Percent, $"power law at {x}");
            Assert.That(
                BetaDistribution.Cumulative(x, 2.5, 7) + BetaDistribution.Cumulative(1 - x, 7, 2.5), Is.EqualTo(1).Within(1e-13), $"mirror image at {x}");
        }

        Assert.That((BetaDistribution.Cumulative(0, 2, 3), BetaDistribution.Cumulative(1, 2, 3)), Is.EqualTo((0.0, 1.0)));
    }

    [Test]
    public void AQuantileIsTheInverse(
        [Values(1e-6, 0.025, 0.5, 0.975)] double probability, [Values(0.5, 1, 40, 5000)] double a, [Values(0.5, 3, 9000)] double b) =>
        Assert.That(BetaDistribution.Cumulative(BetaDistribution.Quantile(probability, a, b), a, b), Is.EqualTo(probability).Within(1e-7).Percent);

    [Test]
    public void ParametersMustBePositive()
    {
        Assert.That(() => BetaDistribution.Cumulative(0.5, 0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => BetaDistribution.Cumulative(0.5, 1, -1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
