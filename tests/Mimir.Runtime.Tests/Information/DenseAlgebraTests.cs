using Mimir.Runtime.Information;

namespace Mimir.Runtime.Tests.Information;

/// <summary>The float64 algebra below the estimators, against plain loops.</summary>
[TestFixture]
public sealed unsafe class DenseAlgebraTests
{
    private const double Sentinel = -77;

    [TestCase(1, 1, 1)]
    [TestCase(3, 17, 2)]
    [TestCase(4, 16, 5)]
    [TestCase(5, 15, 257)]
    [TestCase(13, 33, 7)]
    public void ProductsAreThoseOfPlainLoops(int m, int n, int k)
    {
        var random = new Random(m * n * k);
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        var (left, right, start) = (Draw(m * k), Draw(k * n), Draw(m * n));
        foreach (var transposed in new[] { false, true })
        {
            double[] result = [Sentinel, .. start, Sentinel];
            fixed (double* a = left, b = right, c = result, scratch = new double[MatrixProduct.ScratchElements])
                MatrixProduct.Accumulate(a, transposed ? 1 : k, transposed ? m : 1, b, m, n, k, c + 1, scratch);
            for (var i = 0; i < m; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    var expected = start[i * n + j];
                    for (var l = 0; l < k; l++)
                        expected += (transposed ? left[l * m + i] : left[i * k + l]) * right[l * n + j];
                    Assert.That(result[1 + i * n + j], Is.EqualTo(expected).Within(1e-13));
                }
            }

            Assert.That((result[0], result[^1]), Is.EqualTo((Sentinel, Sentinel)));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(37)]
    [TestCase(97)]
    public void InversesAreInverse(int n)
    {
        var rows = Rows.Random(n, n, n);
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                matrix[i * n + j] = rows.Values.Skip(i * n).Take(n).Zip(rows.Values.Skip(j * n), (a, b) => a * b).Sum() + (i == j ? 0.1 : 0);
        }

        var inverse = (double[])matrix.Clone();
        Assert.That(TryInvert(inverse, n), Is.True);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var product = 0.0;
                for (var l = 0; l < n; l++)
                    product -= matrix[i * n + l] * inverse[l * n + j];
                Assert.That(product, Is.EqualTo(i == j ? 1.0 : 0.0).Within(1e-11));
            }
        }
    }

    [Test]
    public void MatricesThatAreNotPositiveDefiniteAreFound()
    {
        Assert.That(TryInvert([1, 2, 2, 1], 2), Is.False, "indefinite");
        Assert.That(TryInvert([1, 1, 1, 1], 2), Is.False, "singular");
        Assert.That(TryInvert([1, double.NaN, double.NaN, 1], 2), Is.False, "not a number");
        Assert.That(TryInvert([double.PositiveInfinity], 1), Is.False, "infinite");
    }

    [Test]
    public void ExponentialsLessOneKeepTheirDigits()
    {
        double[] distances = [0, 1e-300, 1e-16, 1e-9, 1e-3, 0.01, 0.3, 0.349, 0.351, 0.5, 1, 2, 30, 800, double.PositiveInfinity];
        var found = new double[distances.Length];
        NegativeExponential.LessOne(distances, 1, found);
        for (var i = 0; i < distances.Length; i++)
        {
            // e^x − 1 = 2·e^(x/2)·sinh(x/2): no cancellation.
            var half = -distances[i] / 2;
            var expected = double.IsInfinity(half) ? -1 : 2 * Math.Exp(half) * Math.Sinh(half);
            Assert.That(found[i], Is.EqualTo(expected).Within(1e-15 * Math.Abs(expected)), $"at {distances[i]}");
        }
    }

    private static bool TryInvert(double[] matrix, int n)
    {
        fixed (double* a = matrix, scratch = new double[SymmetricInverse.ScratchElements(n)])
            return SymmetricInverse.TryNegativeInvert(a, n, scratch);
    }
}
