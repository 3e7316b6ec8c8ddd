using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="Reduce"/> against float64.</summary>
[TestFixture]
public class ReduceTests
{
    private static readonly int[] s_lengths = [0, 1, 3, 15, 16, 17, 63, 64, 65, 4095, 4097, 16384, 16385, 100_003];

    [Test]
    public void SumsMatchFloat64([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 1).Select(v => v + 0.5f).ToArray();
        var sum = x.Sum(v => (double)v);
        var magnitudes = x.Sum(v => Math.Abs((double)v));
        var squares = x.Sum(v => (double)v * v);
        foreach (var device in KernelCases.Devices)
        {
            var relative = device is HostDevice { Width: Simd.SimdWidth.Scalar } ? 1e-5 : 1e-6;
            using var source = device.Place(x);
            Assert.That(Reduce.Sum(source), Is.EqualTo(sum).Within(relative * magnitudes), $"{device}");
            Assert.That(Reduce.SumOfSquares(source), Is.EqualTo(squares).Within(relative * squares), $"{device}");
        }
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var x = KernelCases.Values(300_001, 2);
        double? sum = null, squares = null;
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = KernelCases.WithThreads(threads);
            using var source = host.Place(x);
            sum ??= Reduce.Sum(source);
            squares ??= Reduce.SumOfSquares(source);
            Assert.That(Reduce.Sum(source), Is.EqualTo(sum));
            Assert.That(Reduce.SumOfSquares(source), Is.EqualTo(squares));
        }
    }

    [Test]
    public void SquaresOfASumHaveTheBitsOfTheStoredSum([ValueSource(nameof(s_lengths))] int length, [Values(2, 3, 8)] int terms)
    {
        foreach (var device in KernelCases.Devices)
        {
            var placed = Enumerable.Range(0, terms).Select(i => device.Place(KernelCases.Values(length, i))).ToArray();
            var spans = Array.ConvertAll(placed, term => term.Span);
            var squares = Reduce.SumOfSquares(spans);
            if (device is HostDevice)
                KernelInvariants.AssertNoAllocation(() => Reduce.SumOfSquares(spans), "SumOfSquares");
            for (var i = 1; i < terms; i++)
                Reduce.AddInto(spans[i], spans[0]);
            Assert.That(squares, Is.EqualTo(Reduce.SumOfSquares(spans[0])), $"{device}");
            Array.ForEach(placed, term => term.Dispose());
        }

        Assert.That(() => Reduce.SumOfSquares(new DeviceSpan<float>[9]), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void AllFiniteFindsOneBadElementAnywhere([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 3);
        if (length > 3)
            (x[0], x[2]) = (float.MaxValue, float.MinValue);
        foreach (var device in KernelCases.Devices)
        {
            using var source = device.Place(x);
            Assert.That(Reduce.AllFinite(source), $"{device}");
            foreach (var i in new[] { 0, length / 3, length - 1 }.Where(i => i >= 0 && i < length).Distinct())
            {
                foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                {
                    source.Span.Slice(i, 1).CopyFrom([bad]);
                    Assert.That(Reduce.AllFinite(source), Is.False, $"{device}: {bad} at {i} of {length}");
                    source.Span.Slice(i, 1).CopyFrom([x[i]]);
                }
            }
        }
    }

    [Test]
    public void AddIntoAccumulates([ValueSource(nameof(s_lengths))] int length)
    {
        float[] a = KernelCases.Values(length, 4), b = KernelCases.Values(length, 5);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded source = device.Place(a), destination = device.Place(b);
            Reduce.AddInto(source, destination);
            Assert.That(destination.Values(), Is.EqualTo(a.Zip(b, (p, q) => p + q)), $"{device}");
        }
    }

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(1, 4, 1027, 9001)] int length) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var x = memory.Place(KernelCases.Values(length, 1));
                DeviceSpan<float>[] terms = [x, memory.Place(KernelCases.Values(length, 2)), memory.Place(KernelCases.Values(length, 3))];
                return (double[])[Reduce.Sum(x), Reduce.SumOfSquares(x), Reduce.SumOfSquares(terms), Reduce.CountZeros(x)];
            },
            $"{length} elements");

    [Test]
    public void CountZerosCountsBothZerosAndNaN([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 6).Select((v, i) => (i % 7) switch { 0 => 0f, 3 => -0f, 5 => float.NaN, _ => v }).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using var source = device.Place(x);
            Assert.That(Reduce.CountZeros(source), Is.EqualTo(x.Count(v => !(Math.Abs(v) > 0))), $"{device}");
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        using KernelCases.Guarded four = KernelCases.Hosts[0].Empty(4), five = KernelCases.Hosts[0].Empty(5);
        Assert.That(() => Reduce.AddInto(four, five), Throws.TypeOf<ShapeException>().With.Message.Contains("Reduce.AddInto"));
    }
}
