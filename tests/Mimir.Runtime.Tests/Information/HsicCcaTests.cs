using Mimir.Runtime.Information;

namespace Mimir.Runtime.Tests.Information;

[TestFixture]
public sealed class HsicCcaTests
{
    private static readonly Rows s_a = Rows.Of(8, 6, (i, j) => Math.Sin(0.3 * (i + 1) * (j + 1)));
    private static readonly Rows s_b = Rows.Of(8, 5, (i, j) => Math.Cos(0.2 * (i + 1) * (j + 2)));

    [Test]
    public void AgreesWithTheCheckValuesOfTheSpecification()
    {
        var weights = new double[64];
        var estimate = new HsicCca(sigma: 5).Evaluate(8, s_a.Distances, s_b.Distances, weights, default);
        var gradient = s_a.Gradient(weights);
        Assert.That(estimate.Value, Is.EqualTo(5.0938264139).Within(1e-10));
        Assert.That(estimate.Value, Is.EqualTo(5.09382641398832).Within(1e-13)); // with 40 digits
        Assert.That(gradient[0], Is.EqualTo(-0.299436092394967).Within(1e-12)); // likewise; the published digits are good to 3e-10
        Assert.That(gradient[0], Is.EqualTo(-0.2994360925).Within(1e-9));
        Assert.That(gradient[7 * 6 + 5], Is.EqualTo(-0.0087136101).Within(1e-9));
        Assert.That(Math.Sqrt(gradient.Sum(g => g * g)), Is.EqualTo(0.6762650256).Within(1e-9));
        Assert.That(new HsicCca(sigma: 1).Evaluate(8, s_a.Distances, s_b.Distances, default, default).Value, Is.EqualTo(6.9851335107).Within(1e-10));
    }

    [Test]
    public void IsSymmetricInItsArguments()
    {
        var (forth, back) = (new double[64], new double[64]);
        var one = new HsicCca().Evaluate(8, s_a.Distances, s_b.Distances, forth, default).Value;
        Assert.That(new HsicCca().Evaluate(8, s_b.Distances, s_a.Distances, default, back).Value, Is.EqualTo(one).Within(1e-12));
        Assert.That(back, Is.EqualTo(forth).Within(1e-10));
    }

    [Test]
    public void NearlyConstantGramMatricesKeepTheirDigits()
    {
        // K is above 1 − 1e-10 off the diagonal. With the ridge shrunk alike, the value stays and the weights scale.
        const double Shrink = 1e-9;
        var (near, far) = (new double[64], new double[64]);
        var (x, z) = (Rows.Random(8, 3, 1, 0.1), Rows.Random(8, 3, 2, 0.1));
        var (smallX, smallZ) = (Scaled(x, Shrink), Scaled(z, Shrink));
        var exact = new HsicCca(5, 1e-5 * Shrink).Evaluate(8, smallX.Distances, smallZ.Distances, default, near).Value;
        var limit = new HsicCca(5 * 1e3, 1e-5 * 1e-6).Evaluate(8, x.Distances, z.Distances, default, far).Value;
        Assert.That(exact, Is.EqualTo(limit).Within(1e-5 * limit));
        Assert.That(near.Max() * Shrink, Is.EqualTo(far.Max()).Within(1e-4 * far.Max()));
    }

    [Test]
    public void TheMedianHeuristicIsTheSigmaOfTheMedianDistance()
    {
        // 2σ²·columns = 2·median for the median of the 28 squared distances of pairs.
        static double Sigma(Rows rows)
        {
            var pairs = Enumerable.Range(0, 64).Where(at => at / 8 < at % 8).Select(at => rows.Squared[at]).Order().ToArray();
            return Math.Sqrt((pairs[13] + pairs[14]) / 2 / rows.Columns);
        }

        var twin = Rows.Of(8, 6, (i, j) => s_a.Values[i * 6 + (j + 1) % 6]); // the same distances on both sides, so one σ serves
        var (found, given) = (new double[64], new double[64]);
        var value = new HsicCca(sigma: null).Evaluate(8, s_a.Distances, twin.Distances, default, found).Value;
        Assert.That(value, Is.EqualTo(new HsicCca(Sigma(s_a)).Evaluate(8, s_a.Distances, twin.Distances, default, given).Value).Within(1e-12));
        Assert.That(found, Is.EqualTo(given).Within(1e-12));
    }

    private static Rows Scaled(Rows rows, double squaredFactor) =>
        Rows.Of(rows.Count, rows.Columns, (i, j) => rows.Values[i * rows.Columns + j] * Math.Sqrt(squaredFactor));
}
