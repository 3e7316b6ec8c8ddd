using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class RbfGramTests
{
    private static readonly (int Batch, int Columns)[] s_shapes =
        [(1, 1), (2, 7), (3, 8), (4, 16), (5, 17), (7, 63), (8, 64), (9, 129), (13, 200), (17, 65), (33, 70), (0, 5), (3, 0)];

    /// <summary>Rows that differ little, as images of one data set do in the limit that needs float64.</summary>
    private static float[] Rows(int batch, int columns, float spread) =>
        [.. KernelCases.Values((long)batch * columns, 1).Select((v, i) => MathF.Sin(columns == 0 ? 0 : i % columns) + spread * v)];

    [Test]
    public void DistancesAreFloat64AndSymmetric([Values(1f, 1e-4f)] float spread)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, columns) in s_shapes)
        {
            var a = Rows(batch, columns, spread);
            using var rows = device.Place(a);
            using var distances = new GuardedArray<double>(device, batch * batch);
            RbfGram.SquaredDistances(rows, batch, columns, distances);
            var result = distances.Values();
            for (var i = 0; i < batch; i++)
            for (var j = 0; j < batch; j++)
            {
                var expected = 0.0;
                for (var c = 0; c < columns; c++)
                    expected += Math.Pow((double)a[i * columns + c] - a[j * columns + c], 2);
                Assert.That(result[i * batch + j], Is.EqualTo(expected).Within(1e-13 * expected), $"{device} {batch}x{columns}");
                Assert.That(result[i * batch + j], Is.EqualTo(result[j * batch + i]), "symmetry");
            }

            for (var i = 0; i < batch; i++)
                Assert.That(result[i * batch + i], Is.Zero);
        }
    }

    [Test]
    public void GradientMatchesTheReference([Values] bool accumulate)
    {
        const double scale = -0.37;
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, columns) in s_shapes)
        {
            var a = Rows(batch, columns, 1e-3f);
            var random = new Random(3);
            var s = new double[batch * batch];
            for (var i = 0; i < batch; i++)
            for (var j = 0; j <= i; j++)
                s[i * batch + j] = s[j * batch + i] = random.NextDouble() * 2 - 1;
            using var rows = device.Place(a);
            using var weights = new GuardedArray<double>(device, s);
            var before = accumulate ? KernelCases.Values(a.Length, 9) : new float[a.Length];
            using var dA = accumulate ? device.Place(before) : device.Empty(a.Length);
            var expected = before.ToDoubles();
            for (var i = 0; i < batch; i++)
            for (var j = 0; j < batch; j++)
            for (var c = 0; c < columns; c++)
                expected[i * columns + c] += scale * 2 * s[i * batch + j] * ((double)a[i * columns + c] - a[j * columns + c]);
            RbfGram.Backward(rows, weights, batch, columns, scale, accumulate, dA);
            KernelCases.AssertClose(dA.Values(), expected, 1e-12, 6.1e-8, $"{device} {batch}x{columns}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits()
    {
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var rows = host.Place(KernelCases.Values(23 * 301, 1));
                using var distances = new GuardedArray<double>(host, 23 * 23);
                RbfGram.SquaredDistances(rows, 23, 301, distances);
                return distances.Values();
            },
            "SquaredDistances");
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var rows = host.Place(KernelCases.Values(23 * 301, 1));
                using var weights = new GuardedArray<double>(host, [.. Enumerable.Range(0, 23 * 23).Select(i => Math.Cos(i))]);
                using var dA = host.Empty(23 * 301);
                RbfGram.Backward(rows, weights, 23, 301, 1, false, dA);
                return dA.Values();
            },
            "Backward");
    }

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace() =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int batch = 19, columns = 75;
                var rows = memory.Place(KernelCases.Values(batch * columns, 1));
                var (distances, dA) = (memory.Empty<double>(batch * batch), memory.Place(KernelCases.Values(batch * columns, 2)));
                RbfGram.SquaredDistances(rows, batch, columns, distances);
                RbfGram.Backward(rows, distances, batch, columns, 0.3, true, dA);
                return (double[])[.. distances.ToArray(), .. dA.ToArray()];
            },
            "RbfGram");

    [Test]
    public void RefusesOtherLengthsAndAllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var rows = host.Place(KernelCases.Values(8 * 40, 1));
        using var square = new GuardedArray<double>(host, 64);
        using var dA = host.Empty(8 * 40);
        Assert.That(() => RbfGram.SquaredDistances(rows, 8, 41, square), Throws.TypeOf<ShapeException>());
        Assert.That(() => RbfGram.Backward(rows, square, 5, 64, 1, false, dA), Throws.TypeOf<ShapeException>());
        KernelInvariants.AssertNoAllocation(() => RbfGram.SquaredDistances(rows, 8, 40, square), "SquaredDistances");
        KernelInvariants.AssertNoAllocation(() => RbfGram.Backward(rows, square, 8, 40, 1, true, dA), "Backward");
    }
}
