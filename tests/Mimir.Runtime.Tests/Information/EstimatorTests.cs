using Mimir.Runtime.Information;

namespace Mimir.Runtime.Tests.Information;

/// <summary>What holds for every estimator.</summary>
[TestFixture]
public sealed class EstimatorTests
{
    private static readonly Func<IMutualInformation>[] s_estimators =
    [
        () => new HsicCca(), () => new HsicCca(sigma: 1, epsilon: 1e-3), () => new Hsic(), () => new Hsic(sigma: 0.5),
        () => new Renyi(2, 3, 4), () => new Renyi(1.01, 3, 4), () => new Renyi(0.5, 3, 4),
    ];

    private static IEnumerable<int> Estimators => Enumerable.Range(0, s_estimators.Length);

    [TestCase("hsic_cca")]
    [TestCase("hsic")]
    [TestCase("renyi")]
    [TestCase("renyi_literal")]
    [TestCase("renyi_wide")]
    public void AgreesWithPyTorch(string name)
    {
        var golden = new GoldenInformation("information_12");
        foreach (var estimator in GoldenEstimators(golden, name))
        {
            var (x, z) = (golden.Rows("input.x"), golden.Rows("input.z"));
            var weights = new double[z.Squared.Length];
            var estimate = estimator.Evaluate(z.Count, x.Distances, z.Distances, default, weights);
            var expected = golden.Tensor($"output.{name}")[0];
            Assert.That(estimate.Value, Is.EqualTo(expected).Within(1e-6 * expected), name);
            Assert.That(RelativeError(z.Gradient(weights), golden.Tensor($"output.{name}.grad_z")), Is.LessThan(1e-6), name);
        }
    }

    [TestCaseSource(nameof(Estimators))]
    public void GradientsAreThoseOfTheValue(int number)
    {
        var estimator = s_estimators[number]();
        foreach (var rows in new[] { 2, 3, 7 })
        {
            var x = Rows.Random(rows, 5, 1);
            var z = Rows.Random(rows, 3, 2);
            var (weightsX, weightsZ) = (new double[rows * rows], new double[rows * rows]);
            var estimate = estimator.Evaluate(rows, x.Distances, z.Distances, weightsX, weightsZ);
            Assert.That(estimate.IsSkipped, Is.False);
            CheckSymmetric(weightsX, rows);
            CheckSymmetric(weightsZ, rows);
            const double Change = 1e-5;
            double Difference(Func<double, double> value) => (value(Change) - value(-Change)) / (2 * Change);
            var byX = Enumerable.Range(0, x.Values.Length).Select(at => Difference(c => Value(estimator, x.With(at, c), z))).ToArray();
            var byZ = Enumerable.Range(0, z.Values.Length).Select(at => Difference(c => Value(estimator, x, z.With(at, c)))).ToArray();
            Assert.That(RelativeError(x.Gradient(weightsX), byX), Is.LessThan(1e-6), $"{estimator.Name}, {rows} rows, X");
            Assert.That(RelativeError(z.Gradient(weightsZ), byZ), Is.LessThan(1e-6), $"{estimator.Name}, {rows} rows, Z");
        }
    }

    [TestCaseSource(nameof(Estimators))]
    public void AskingForLessChangesNothing(int number)
    {
        var (x, z) = (Rows.Random(33, 9, 3), Rows.Random(33, 4, 4));
        double[] Weights() => new double[33 * 33];
        var (bothX, bothZ, onlyX, onlyZ) = (Weights(), Weights(), Weights(), Weights());
        var estimator = s_estimators[number]();
        var value = estimator.Evaluate(33, x.Distances, z.Distances, bothX, bothZ);
        Value(estimator, Rows.Random(40, 2, 5), Rows.Random(40, 2, 6)); // another batch in between must leave no trace
        Assert.That(estimator.Evaluate(33, x.Distances, z.Distances, onlyX, default), Is.EqualTo(value));
        Assert.That(estimator.Evaluate(33, x.Distances, z.Distances, default, onlyZ), Is.EqualTo(value));
        Assert.That(estimator.Evaluate(33, x.Distances, z.Distances, default, default), Is.EqualTo(value));
        Assert.That(onlyX, Is.EqualTo(bothX));
        Assert.That(onlyZ, Is.EqualTo(bothZ));
    }

    [TestCaseSource(nameof(Estimators))]
    public void NonFiniteDistancesAreSkipped(int number)
    {
        var (x, z) = (Rows.Random(6, 4, 7), Rows.Random(6, 4, 8));
        z.Squared[9] = double.NaN;
        var weights = new double[36];
        Array.Fill(weights, 1);
        var estimate = s_estimators[number]().Evaluate(6, x.Distances, z.Distances, default, weights);
        Assert.That(estimate, Is.EqualTo(Estimate.Skipped));
        Assert.That(weights, Is.All.Zero);
    }

    [Test]
    public void WhatCannotBeEstimatedIsSkipped()
    {
        var one = Rows.Random(1, 4, 9);
        Assert.That(new Hsic().Evaluate(1, one.Distances, one.Distances, default, default).IsSkipped, Is.True);
        var same = Rows.Of(5, 3, (_, _) => 0.5);
        var weights = new double[25];
        Assert.That(new Hsic(sigma: null).Evaluate(5, same.Distances, same.Distances, default, weights).IsSkipped, Is.True);
        Assert.That(new HsicCca(sigma: null).Evaluate(5, same.Distances, same.Distances, default, weights).IsSkipped, Is.True);
        Assert.That(new Renyi().Evaluate(5, same.Distances, same.Distances, default, weights).IsSkipped, Is.True);
    }

    [Test]
    public void DistancesOfAnotherShapeAreRefused()
    {
        var (x, z) = (Rows.Random(6, 4, 7), Rows.Random(5, 4, 8));
        foreach (var estimator in s_estimators.Select(make => make()))
            Assert.That(() => estimator.Evaluate(6, x.Distances, z.Distances, default, default), Throws.ArgumentException);
    }

    [Test]
    public void TheKernelEstimatorsAllocateNothing([Values] bool normalised)
    {
        IMutualInformation estimator = normalised ? new HsicCca(sigma: null) : new Hsic(sigma: null);
        var (x, z) = (Rows.Random(32, 6, 10), Rows.Random(32, 5, 11));
        var (weightsX, weightsZ) = (new double[1024], new double[1024]);
        for (var i = 0; i < 3; i++)
            estimator.Evaluate(32, x.Distances, z.Distances, weightsX, weightsZ);
        var before = GC.GetAllocatedBytesForCurrentThread();
        estimator.Evaluate(32, x.Distances, z.Distances, weightsX, weightsZ);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static IEnumerable<IMutualInformation> GoldenEstimators(GoldenInformation golden, string name)
    {
        if (name.StartsWith("hsic", StringComparison.Ordinal))
        {
            yield return name == "hsic" ? new Hsic(golden.Option("sigma")) : new HsicCca(golden.Option("sigma"), golden.Option("cca_eps"));
            yield break;
        }

        var (alpha, rule) = (golden.Option("renyi_alpha"), name["renyi".Length..]);
        yield return new Renyi(alpha, golden.Option("renyi_sigma_x" + rule), golden.Option("renyi_sigma_z" + rule));
        yield return new Renyi(alpha, rule switch
        {
            "_wide" => RenyiBandwidth.Mean,
            "_literal" => RenyiBandwidth.Published,
            _ => RenyiBandwidth.Nearest,
        });
    }

    private static double Value(IMutualInformation estimator, Rows x, Rows z) =>
        estimator.Evaluate(x.Count, x.Distances, z.Distances, default, default).Value;

    private static void CheckSymmetric(double[] weights, int rows)
    {
        for (var i = 0; i < rows; i++)
        {
            Assert.That(weights[i * rows + i], Is.Zero);
            for (var j = 0; j < i; j++)
                Assert.That(weights[i * rows + j], Is.EqualTo(weights[j * rows + i]));
        }
    }

    private static double RelativeError(double[] actual, double[] expected) =>
        Math.Sqrt(actual.Zip(expected, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(b => b * b));
}
