using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class RowsTests
{
    private static readonly (int Rows, int Values)[] s_shapes = [(0, 4), (1, 1), (2, 17), (3, 16), (4, 33), (2, 1025), (3, 3073)];

    [Test]
    public void SelectTakesTheChosenRowsOnly()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var (from, to) = (KernelCases.Values(rows * values, 1), KernelCases.Values(rows * values, 2));
            var choice = Enumerable.Range(0, rows).Select(r => r % 2 == 0 ? 0 : r).ToArray();
            using KernelCases.Guarded source = device.Place(from), destination = device.Place(to);
            using var chosen = new GuardedArray<int>(device, choice);
            Rows.Select(chosen, source, rows, values, destination);
            Assert.That(destination.Values(), Is.EqualTo(to.Select((v, i) => choice[i / values] != 0 ? from[i] : v)), $"{device} {rows}x{values}");
        }
    }

    [Test]
    public void DistancesMatchFloat64([Values] bool linf, [Values] bool fromZero)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var (x, y) = (KernelCases.Values(rows * values, 1), fromZero ? [] : KernelCases.Values(rows * values, 2));
            using KernelCases.Guarded a = device.Place(x), b = device.Place(y), distances = device.Empty(rows);
            Rows.Distances(linf, a, b, rows, values, distances);
            var expected = new double[rows];
            for (var r = 0; r < rows; r++)
            {
                var differences = Enumerable.Range(r * values, values).Select(i => Math.Abs(x[i] - (fromZero ? 0.0 : y[i]))).ToArray();
                expected[r] = linf ? differences.Max() : Math.Sqrt(differences.Sum(d => d * d));
            }

            // L2: 4e-7 was measured, in scalar code, whose float32 sums are the longest; L-infinity: the rounding of one difference.
            KernelCases.AssertClose(distances.Values(), expected, 0, linf ? 6e-8 : 1e-6, $"{device} {rows}x{values}");
        }
    }

    [Test]
    public void L1NormsMatchFloat64()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var x = KernelCases.Values(rows * values, 1);
            using KernelCases.Guarded a = device.Place(x), norms = device.Empty(rows);
            Rows.L1Norms(a, rows, values, norms);
            var expected = Enumerable.Range(0, rows).Select(r => x.Skip(r * values).Take(values).Sum(v => Math.Abs((double)v))).ToArray();
            KernelCases.AssertClose(norms.Values(), expected, 0, 4e-6, $"{device} {rows}x{values}");
        }
    }

    [Test]
    public void ADifferenceThatIsNoNumberSpoilsItsRowOnly([Values] bool linf, [Values(0, 18, 39)] int at)
    {
        var x = KernelCases.Values(3 * 40, 1);
        x[40 + at] = float.NaN;
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded a = device.Place(x), b = device.Place(KernelCases.Values(3 * 40, 2)), distances = device.Empty(3);
            Rows.Distances(linf, a, b, 3, 40, distances);
            Assert.That(Array.ConvertAll(distances.Values(), float.IsNaN), Is.EqualTo(new[] { false, true, false }), $"{device}");
        }
    }

    [Test]
    public void BlendPullsTowardsTheCentreAndKeepsTheBitsOfFactorOne()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var (c, p) = (KernelCases.Values(rows * values, 1), KernelCases.Values(rows * values, 2));
            var f = Enumerable.Range(0, rows).Select(r => r % 2 == 0 ? 0.9f : 1f).ToArray();
            using KernelCases.Guarded center = device.Place(c), points = device.Place(p), factors = device.Place(f);
            Rows.Blend(center, factors, rows, values, points);
            var expected = p.Select((v, i) => f[i / values] == 1f ? v : MathF.FusedMultiplyAdd(v - c[i], f[i / values], c[i]));
            Assert.That(points.Values(), Is.EqualTo(expected), $"{device} {rows}x{values}");
        }
    }

    [Test]
    public void LinfDistancesAreTheSameBitsOnEveryDevice()
    {
        float[] Run(Device device)
        {
            using KernelCases.Guarded a = device.Place(KernelCases.Values(4 * 777, 3)), b = device.Place(KernelCases.Values(4 * 777, 4));
            using var distances = device.Empty(4);
            Rows.Distances(true, a, b, 4, 777, distances);
            return distances.Values();
        }

        var expected = Run(KernelCases.Hosts[0]);
        foreach (var device in KernelCases.Devices)
            Assert.That(Run(device), Is.EqualTo(expected), $"{device}");
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using KernelCases.Guarded a = host.Place(KernelCases.Values(5 * 3001, 1)), b = host.Place(KernelCases.Values(5 * 3001, 2));
                using KernelCases.Guarded factors = host.Place(KernelCases.Values(5, 3)), distances = host.Empty(5);
                Rows.Blend(a, factors, 5, 3001, b);
                Rows.Distances(false, a, b, 5, 3001, distances);
                using var norms = host.Empty(5);
                Rows.L1Norms(a, 5, 3001, norms);
                return (float[])[.. b.Values(), .. distances.Values(), .. norms.Values()];
            },
            "Blend, Distances, L1Norms");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(3, 20, 1200)] int values) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int rows = 3;
                var (a, b) = (memory.Place(KernelCases.Values(rows * values, 1)), memory.Place(KernelCases.Values(rows * values, 2)));
                var (linf, l2, l1, factors) = (memory.Empty<float>(rows), memory.Empty<float>(rows), memory.Empty<float>(rows), memory.Place(KernelCases.Values(rows, 3)));
                Rows.Blend(a, factors, rows, values, b);
                Rows.Distances(true, a, b, rows, values, linf);
                Rows.Distances(false, a, b, rows, values, l2);
                Rows.L1Norms(b, rows, values, l1);
                Rows.Select(memory.Place([1, 0, -1]), b, rows, values, a);
                return (float[])[.. a.ToArray(), .. b.ToArray(), .. linf.ToArray(), .. l2.ToArray(), .. l1.ToArray()];
            },
            $"{values} values");

    [Test]
    public void RefusesOtherLengthsAndAllocatesNothing()
    {
        using KernelCases.Guarded a = KernelCases.Hosts[0].Empty(8), b = KernelCases.Hosts[0].Empty(9), two = KernelCases.Hosts[0].Empty(2);
        using var chosen = new GuardedArray<int>(KernelCases.Hosts[0], [0, 1]);
        Assert.That(() => Rows.Select(chosen, a, 2, 4, b), Throws.TypeOf<ShapeException>().With.Message.Contains("destination has 9"));
        Assert.That(() => Rows.Distances(true, a, b, 2, 4, two), Throws.TypeOf<ShapeException>().With.Message.Contains("b has 9"));
        Assert.That(() => Rows.Distances(true, a, a, 2, 4, a), Throws.TypeOf<ShapeException>().With.Message.Contains("distances has 8"));
        Assert.That(() => Rows.Distances(true, default, default, 2, 0, two), Throws.TypeOf<ShapeException>().With.Message.Contains("at least 1"));
        Assert.That(() => Rows.L1Norms(b, 2, 4, two), Throws.TypeOf<ShapeException>().With.Message.Contains("a has 9"));
        Assert.That(() => Rows.Blend(a, a, 2, 4, a), Throws.TypeOf<ShapeException>().With.Message.Contains("factors has 8"));
        KernelInvariants.AssertNoAllocation(() => Rows.Select(chosen, a, 2, 4, a), "Select");
        KernelInvariants.AssertNoAllocation(() => Rows.Distances(true, a, a, 2, 4, two), "Linf");
        KernelInvariants.AssertNoAllocation(() => Rows.Distances(false, a, a, 2, 4, two), "L2");
        KernelInvariants.AssertNoAllocation(() => Rows.L1Norms(a, 2, 4, two), "L1");
        KernelInvariants.AssertNoAllocation(() => Rows.Blend(a, two, 2, 4, a), "Blend");
    }
}
