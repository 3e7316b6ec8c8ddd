using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class ApgdStepTests
{
    private const float Epsilon = 8f / 255;

    private static readonly (int Rows, int Values)[] s_shapes = [(0, 4), (1, 1), (2, 17), (3, 16), (4, 33), (2, 1025), (3, 3073)];

    [Test]
    public void StartPutsTheLargestValueOnTheBoundary()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var given = new Given(rows, values, Epsilon);
            var t = KernelCases.Values(rows * values, 5);
            using KernelCases.Guarded natural = device.Place(given.Natural), noise = device.Place(t), points = device.Empty(t.Length);
            ApgdStep.Start(natural, noise, rows, values, Epsilon, points);
            ApgdStep.Start(natural, noise, rows, values, Epsilon, noise);
            var largest = Enumerable.Range(0, rows).Select(r => t.Skip(r * values).Take(values).Max(MathF.Abs) + 1e-12f).ToArray();
            Assert.That(points.Values(), Is.EqualTo(t.Select((n, i) => Math.Clamp(given.Natural[i] + Epsilon * (n / largest[i / values]), 0f, 1f))), $"{device} {rows}x{values}");
            Assert.That(noise.Values(), Is.EqualTo(points.Values()), $"{device} {rows}x{values}: in place");
        }
    }

    [Test]
    public void LinfMatchesTheFormulaBitForBit()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var given = new Given(rows, values, Epsilon);
            for (var i = 0; i < given.Gradient.Length; i += 5)
                given.Gradient[i] = i % 2 == 0 ? 0f : float.NaN;
            var (previous, points) = given.Run(device, linf: true, Epsilon);
            Assert.That(previous, Is.EqualTo(given.Points), $"{device} {rows}x{values}: previous");
            var expected = Enumerable.Range(0, points.Length).Select(i =>
            {
                var (x, p, g, r) = (given.Natural[i], given.Points[i], given.Gradient[i], i / values);
                float Project(float v) => Math.Clamp(Math.Min(Math.Max(v, x - Epsilon), x + Epsilon), 0f, 1f);
                var u = Project(p + given.Steps[r] * (g > 0 ? 1 : g < 0 ? -1 : 0));
                return Project(p + (u - p) * given.Shares[r] + (p - given.Previous[i]) * (1 - given.Shares[r]));
            });
            Assert.That(points, Is.EqualTo(expected), $"{device} {rows}x{values}");
            Assert.That(points.Zip(given.Natural, (a, x) => Math.Abs(a - x)), Has.All.LessThanOrEqualTo(Epsilon + 1e-7f));
        }
    }

    [Test]
    public void L2MatchesFloat64InsideAndOutsideTheBall([Values(0.05f, 0.6f, 5f)] float epsilon)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (rows, values) in s_shapes)
        {
            var given = new Given(rows, values, epsilon);
            if (rows == 3)
                Array.Clear(given.Gradient, values, values);
            var (previous, points) = given.Run(device, linf: false, epsilon);
            Assert.That(previous, Is.EqualTo(given.Points), $"{device} {rows}x{values}: previous");
            var expected = new double[points.Length];
            for (var r = 0; r < rows; r++)
            {
                double[] Row(float[] all) => [.. all.Skip(r * values).Take(values).Select(v => (double)v)];
                var (g, x, o, p) = (Row(given.Gradient), Row(given.Natural), Row(given.Previous), Row(given.Points));
                double[] Project(double[] v)
                {
                    var norm = Norm(v.Zip(x, (a, b) => a - b));
                    return [.. v.Zip(x, (a, b) => Math.Clamp(b + (a - b) / (norm + 1e-12) * Math.Min(epsilon, norm), 0, 1))];
                }

                var length = Norm(g) + 1e-12;
                var u = Project([.. p.Zip(g, (a, b) => a + given.Steps[r] * b / length)]);
                var a = given.Shares[r];
                var next = Project([.. p.Select((_, i) => p[i] + a * (u[i] - p[i]) + (1 - a) * (p[i] - o[i]))]);
                next.CopyTo(expected, r * values);
                Assert.That(Norm(Row(points).Zip(x, (b, c) => b - c)), Is.LessThanOrEqualTo(epsilon + 1e-6), $"{device} {rows}x{values}");
            }

            KernelCases.AssertClose(points, expected, 5e-7, 0, $"{device} {rows}x{values}");
        }
    }

    [Test]
    public void LinfGivesTheSameBitsOnEveryDevice()
    {
        var given = new Given(3, 1031, Epsilon);
        var expected = given.Run(KernelCases.Hosts[0], linf: true, Epsilon).Points;
        foreach (var device in KernelCases.Devices)
            Assert.That(given.Run(device, linf: true, Epsilon).Points, Is.EqualTo(expected), $"{device}");
    }

    [Test]
    public void SharingDoesNotChangeBits([Values] bool linf) =>
        KernelInvariants.AssertSameBits(host => new Given(5, 3001, 0.5f).Run(host, linf, 0.5f).Points, linf ? "Linf" : "L2");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(3, 20, 1200)] int values) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int rows = 3;
                var given = new Given(rows, values, 0.5f);
                var (gradient, natural) = (memory.Place(given.Gradient), memory.Place(given.Natural));
                var (steps, shares) = (memory.Place(given.Steps), memory.Place(given.Shares));
                var (previous, points) = (memory.Place(given.Previous), memory.Place(given.Points));
                var start = memory.Empty<float>(rows * values);
                ApgdStep.Start(natural, gradient, rows, values, 0.5f, start);
                ApgdStep.L2(gradient, natural, steps, shares, rows, values, 0.5f, previous, points);
                ApgdStep.Linf(gradient, natural, steps, shares, rows, values, 0.1f, previous, points);
                return (float[])[.. start.ToArray(), .. previous.ToArray(), .. points.ToArray()];
            },
            $"{values} values");

    [Test]
    public void RefusesOtherLengthsAndAllocatesNothing([Values] bool linf)
    {
        using KernelCases.Guarded a = KernelCases.Hosts[0].Empty(8), b = KernelCases.Hosts[0].Empty(9), one = KernelCases.Hosts[0].Empty(1);
        Assert.That(() => Run(a, a, one, b), Throws.TypeOf<ShapeException>().With.Message.Contains("points has 9"));
        Assert.That(() => Run(b, a, one, a), Throws.TypeOf<ShapeException>().With.Message.Contains("gradient has 9"));
        Assert.That(() => Run(a, a, a, a), Throws.TypeOf<ShapeException>().With.Message.Contains("steps has 8"));
        Assert.That(() => ApgdStep.Start(a, b, 1, 8, 1, a), Throws.TypeOf<ShapeException>().With.Message.Contains("noise has 9"));
        KernelInvariants.AssertNoAllocation(() => ApgdStep.Start(a, a, 1, 8, 1, a), "Start");
        KernelInvariants.AssertNoAllocation(() => Run(a, a, one, a), linf ? "Linf" : "L2");

        void Run(DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> steps, DeviceSpan<float> points)
        {
            if (linf)
                ApgdStep.Linf(gradient, natural, steps, steps, 1, 8, 1, a, points);
            else
                ApgdStep.L2(gradient, natural, steps, steps, 1, 8, 1, a, points);
        }
    }

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    /// <summary>Points and previous points around images, and a step and a share of each image's own.</summary>
    private sealed class Given
    {
        private readonly int _rows;
        private readonly int _values;

        public Given(int rows, int values, float epsilon)
        {
            (_rows, _values) = (rows, values);
            var count = (long)rows * values;
            Natural = [.. KernelCases.Values(count, 1).Select(v => Math.Clamp(0.5f + 0.55f * v, 0f, 1f))];
            Gradient = KernelCases.Values(count, 2);
            Points = Around(3, epsilon);
            Previous = Around(4, epsilon);
            Steps = [.. Enumerable.Range(0, rows).Select(r => 2 * epsilon / (1 << r))];
            Shares = [.. Enumerable.Range(0, rows).Select(r => r % 2 == 0 ? 0.75f : 1f)];
        }

        public float[] Gradient { get; }

        public float[] Natural { get; }

        public float[] Steps { get; }

        public float[] Shares { get; }

        public float[] Previous { get; }

        public float[] Points { get; }

        public (float[] Previous, float[] Points) Run(Device device, bool linf, float epsilon)
        {
            using KernelCases.Guarded gradient = device.Place(Gradient), natural = device.Place(Natural), steps = device.Place(Steps);
            using KernelCases.Guarded shares = device.Place(Shares), previous = device.Place(Previous), points = device.Place(Points);
            if (linf)
                ApgdStep.Linf(gradient, natural, steps, shares, _rows, _values, epsilon, previous, points);
            else
                ApgdStep.L2(gradient, natural, steps, shares, _rows, _values, epsilon, previous, points);
            return (previous.Values(), points.Values());
        }

        private float[] Around(int seed, float epsilon) =>
            [.. KernelCases.Values(Natural.Length, seed).Select((v, i) => Math.Clamp(Natural[i] + epsilon * v, 0f, 1f))];
    }
}
