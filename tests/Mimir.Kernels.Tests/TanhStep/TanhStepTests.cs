using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="TanhStep"/> against its formulas in float64.</summary>
[TestFixture]
public class TanhStepTests
{
    private static readonly (int Rows, int Values)[] s_shapes = [(0, 4), (1, 1), (2, 17), (3, 16), (4, 33), (2, 300)];

    private static float[] Pixels(long count, int seed) =>
        [.. KernelCases.Values(count, seed).Select((value, i) => i % 11 == 5 ? i % 2 : 0.5f + 0.5f * value)];

    [Test]
    public void AStartIsTheImageInTheOtherVariable([Values(0, 1, 15, 16, 17, 4097)] int count)
    {
        var x = Pixels(count, 1);
        var tanh = x.Select(value => Math.Clamp(2.0 * value - 1, -(1 - 1e-6f), 1 - 1e-6f)).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded natural = device.Place(x), w = device.Empty(count), m = device.Empty(count), v = device.Empty(count);
            using var points = device.Empty(count);
            TanhStep.Start(natural, w, m, v, points);

            // Near a wall an ulp of 2x - 1 is a whole 6 % of its distance to 1 and so 0.03 of w.
            KernelCases.AssertClose(w.Values(), [.. tanh.Select(Math.Atanh)], 0.035, 0, $"{device} w");
            KernelCases.AssertClose(points.Values(), [.. tanh.Select(t => (t + 1) / 2)], 2e-7, 0, $"{device} x'");
            Assert.That(m.Values().Concat(v.Values()), Is.All.Zero, $"{device} moments");
            TanhStep.Start(natural, w, m, v, natural);
            Assert.That(natural.Values(), Is.EqualTo(points.Values()), $"{device} in place");
        }
    }

    [Test]
    public void StepsMatchTheReference([ValueSource(nameof(s_shapes))] (int Rows, int Values) shape)
    {
        var (rows, values) = shape;
        var count = rows * values;
        var (x, g) = (Pixels(count, 1), KernelCases.Values(count, 2));
        var start = Array.ConvertAll(KernelCases.Values(count, 3), value => 3 * value);
        float[] weights = [.. Enumerable.Range(0, rows).Select(row => row == 1 ? 0f : 1.5f)], rates = new float[rows], roots = new float[rows];
        double[] w = start.ToDoubles(), m = new double[count], v = new double[count];
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded gradient = device.Place(g), natural = device.Place(x), variables = device.Place(start);
            using KernelCases.Guarded first = device.Place(new float[count]), second = device.Place(new float[count]);
            using KernelCases.Guarded points = device.Place([.. start.Select(value => (float)((Math.Tanh(value) + 1) / 2))]);
            using KernelCases.Guarded factors = device.Place(weights), speeds = device.Empty(rows), bases = device.Empty(rows);
            (w, m, v) = (start.ToDoubles(), new double[count], new double[count]);
            for (var step = 1; step <= 3; step++)
            {
                for (var row = 0; row < rows; row++)
                {
                    rates[row] = (float)(0.05 / (1 - Math.Pow(0.9, step + row)));
                    roots[row] = (float)Math.Sqrt(1 - Math.Pow(0.999, step + row));
                }

                speeds.Span.CopyFrom(rates);
                bases.Span.CopyFrom(roots);
                for (var i = 0; i < count; i++)
                {
                    var point = (Math.Tanh(w[i]) + 1) / 2;
                    var slope = (2 * (point - x[i]) + weights[i / values] * g[i]) * 0.5 * (1 - Math.Pow(Math.Tanh(w[i]), 2));
                    m[i] = 0.9 * m[i] + 0.1 * slope;
                    v[i] = 0.999 * v[i] + 0.001 * slope * slope;
                    w[i] -= rates[i / values] * m[i] / (Math.Sqrt(v[i]) / roots[i / values] + 1e-8);
                }

                TanhStep.Step(gradient, natural, factors, speeds, bases, rows, values, variables, first, second, points);
            }

            KernelCases.AssertClose(variables.Values(), w, 3e-6, 0, $"{device} w");
            KernelCases.AssertClose(first.Values(), m, 3e-7, 0, $"{device} m");
            KernelCases.AssertClose(second.Values(), v, 1e-7, 0, $"{device} v");
            KernelCases.AssertClose(points.Values(), [.. w.Select(value => (Math.Tanh(value) + 1) / 2)], 1e-6, 0, $"{device} x'");
        }
    }

    [Test]
    public void BitsAreTheSameOnEveryDevice()
    {
        float[]? expected = null;
        foreach (var device in KernelCases.Devices)
        {
            using var memory = new ShiftedMemory(device, 0);
            var all = TwoSteps(memory, 3, 70);
            expected ??= all;
            Assert.That(all, Is.EqualTo(expected), $"{device}");
            Assert.That(Array.FindAll(all, float.IsNaN), Has.Length.EqualTo(4), $"{device}: NaN pixel, whose w, v, m and x' are NaN");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var memory = new ShiftedMemory(host, 0);
                return TwoSteps(memory, 5, 301);
            },
            "two steps");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace() =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(memory => TwoSteps(memory, 3, 300), "two steps");

    [Test]
    public void WrongArgumentsAreNamed()
    {
        using KernelCases.Guarded a = KernelCases.Hosts[0].Place(Pixels(8, 1)), b = KernelCases.Hosts[0].Empty(9), one = KernelCases.Hosts[0].Place([0.1f]);
        Assert.That(() => TanhStep.Start(a, b, a, a, a), Throws.TypeOf<ShapeException>().With.Message.Contains("variables"));
        Assert.That(() => TanhStep.Start(a, a, a, a, b), Throws.TypeOf<ShapeException>().With.Message.Contains("points"));
        Assert.That(() => TanhStep.Step(a, a, b, one, one, 1, 8, a, a, a, a), Throws.TypeOf<ShapeException>().With.Message.Contains("weights"));
        Assert.That(() => TanhStep.Step(a, a, one, one, b, 1, 8, a, a, a, a), Throws.TypeOf<ShapeException>().With.Message.Contains("roots"));
        Assert.That(() => TanhStep.Step(a, a, one, one, one, 1, 8, a, a, b, a), Throws.TypeOf<ShapeException>().With.Message.Contains("secondMoments"));
        using KernelCases.Guarded w = KernelCases.Hosts[0].Empty(8), m = KernelCases.Hosts[0].Empty(8), v = KernelCases.Hosts[0].Empty(8), p = KernelCases.Hosts[0].Empty(8);
        TanhStep.Start(a, w, m, v, p);
        KernelInvariants.AssertNoAllocation(() => TanhStep.Step(a, a, one, one, one, 1, 8, w, m, v, p), "Step");
    }

    /// <summary>The state behind a start, with one NaN among the pixels, and two steps.</summary>
    private static float[] TwoSteps(ShiftedMemory memory, int rows, int values)
    {
        var count = rows * values;
        var x = Pixels(count, 1);
        x[7] = float.NaN;
        DeviceSpan<float> natural = memory.Place(x), gradient = memory.Place(KernelCases.Values(count, 2));
        DeviceSpan<float> weights = memory.Place(KernelCases.Values(rows, 3)), rates = memory.Place(KernelCases.Values(rows, 4));
        DeviceSpan<float> roots = memory.Place([.. Enumerable.Range(1, rows).Select(row => 1f / row)]);
        DeviceSpan<float> w = memory.Empty<float>(count), m = memory.Empty<float>(count), v = memory.Empty<float>(count), points = memory.Empty<float>(count);
        TanhStep.Start(natural, w, m, v, points);
        for (var step = 0; step < 2; step++)
            TanhStep.Step(gradient, natural, weights, rates, roots, rows, values, w, m, v, points);
        return [.. w.ToArray(), .. m.ToArray(), .. v.ToArray(), .. points.ToArray()];
    }
}
