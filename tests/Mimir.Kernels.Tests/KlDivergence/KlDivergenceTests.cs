using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="KlDivergence"/> against float64, finite differences and values from PyTorch.</summary>
[TestFixture]
public class KlDivergenceTests
{
    private static readonly (int Batch, int Classes)[] s_shapes =
        [(0, 10), (1, 1), (3, 2), (5, 10), (7, 15), (4, 16), (9, 17), (3, 33), (6, 100), (1, 1000), (300, 3)];

    [Test]
    public void ValuesAndGradientsMatchFloat64(
        [ValueSource(nameof(s_shapes))] (int Batch, int Classes) shape, [Values(1f, 30f)] float spread, [Values(1f, 1e-3f)] float apart)
    {
        var (batch, classes) = shape;
        var p = Logits(batch, classes, spread);
        var q = p.Zip(Logits(batch, classes, spread, seed: 12), (near, far) => near + apart * (far - near)).ToArray();
        var reference = new KlReference(classes);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded first = device.Place(p), second = device.Place(q), losses = device.Empty(batch);
            using KernelCases.Guarded dP = device.Empty(p.Length), dQ = device.Empty(p.Length), alone = device.Empty(p.Length);
            KlDivergence.Forward(first, second, batch, classes, losses);
            KernelCases.AssertClose(losses.Values(), reference.Losses(p.ToDoubles(), q.ToDoubles()), 5e-7 * (1 + spread), 1e-6, $"{device} losses");
            KlDivergence.Backward(first, second, batch, classes, 0.5f, dP, dQ);
            var (expectedP, expectedQ) = reference.Gradients(p.ToDoubles(), q.ToDoubles(), 0.5);
            KernelCases.AssertClose(dP.Values(), expectedP, 5e-7 * (1 + spread), 2e-6, $"{device} dP");
            KernelCases.AssertClose(dQ.Values(), expectedQ, 1e-6, 2e-6, $"{device} dQ");

            KlDivergence.Backward(first, second, batch, classes, 0.5f, default, alone);
            Assert.That(alone.Values(), Is.EqualTo(dQ.Values()), $"{device} dQ alone");
            KlDivergence.Backward(first, second, batch, classes, 0.5f, alone, default);
            Assert.That(alone.Values(), Is.EqualTo(dP.Values()), $"{device} dP alone");
        }
    }

    /// <summary>Logits 2 sin(1.3 (i + 1)(j + 2)) and 2 cos(0.7 (i + 2)(j + 1)), by PyTorch in float64.</summary>
    [Test]
    public void PyTorchAgrees()
    {
        float[] p = PyTorchCase.Natural, q = PyTorchCase.Adversarial;
        double[] dP =
        [
            0.08707330188, 0.004053611832, -0.01550058123, -0.1818880459, 0.1062617134, -0.04755483222, 0.387310518, -0.1021855764,
            -0.1037428524, -0.133827257, 0.7741813594, -0.1000987753, -0.1341636457, -0.4854174145, -0.05450152384,
        ];
        double[] dQ =
        [
            -0.1052809429, -0.007222933278, 0.01951324643, 0.2957100787, -0.202719449, 0.02595206638, -0.6104402052, 0.8161945081,
            -0.1653726034, -0.06633376585, -0.5790233245, 0.5691324968, -0.05663797448, -0.0857349983, 0.1522638006,
        ];
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded first = device.Place(p), second = device.Place(q), losses = device.Empty(3);
            using KernelCases.Guarded gradientP = device.Empty(15), gradientQ = device.Empty(15);
            KlDivergence.Forward(first, second, 3, 5, losses);
            KlDivergence.Backward(first, second, 3, 5, 1, gradientP, gradientQ);
            KernelCases.AssertClose(losses.Values(), [0.231223915, 2.142901963, 2.159548291], 1e-6, 0, $"{device}");
            KernelCases.AssertClose(gradientP.Values(), dP, 1e-6, 0, $"{device} dP");
            KernelCases.AssertClose(gradientQ.Values(), dQ, 1e-6, 0, $"{device} dQ");
        }
    }

    [Test]
    public void ReferenceGradientsAgreeWithFiniteDifferences()
    {
        const int classes = 7;
        var reference = new KlReference(classes);
        var (p, q) = (Logits(2, classes, 3).ToDoubles(), Logits(2, classes, 3, seed: 12).ToDoubles());
        var (dP, dQ) = reference.Gradients(p, q, 1);
        Derivatives.AssertAre(dP, p, () => reference.Losses(p, q).Sum());
        Derivatives.AssertAre(dQ, q, () => reference.Losses(p, q).Sum());
    }

    [Test]
    public void EqualRowsAreZeroApart()
    {
        var logits = Logits(5, 33, 30);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded p = device.Place(logits), losses = device.Empty(5), dP = device.Empty(logits.Length), dQ = device.Empty(logits.Length);
            KlDivergence.Forward(p, p, 5, 33, losses);
            KlDivergence.Backward(p, p, 5, 33, 1, dP, dQ);
            foreach (var result in new[] { losses, dP, dQ })
                Assert.That(result.Values(), Is.All.Zero, $"{device}");
        }
    }

    [Test]
    public void ClassesRuledOutAndNaN()
    {
        const float out_ = float.NegativeInfinity;
        float[] p = [0, out_, 0, /**/ 0, out_, 0, /**/ 0, 1, 2, /**/ 0, float.NaN, 2, /**/ 1, 2, 3];
        float[] q = [0, 5, 0, /**/ 0, out_, 0, /**/ 0, out_, 2, /**/ 1, 2, 3, /**/ float.NaN, 1, 2];
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded first = device.Place(p), second = device.Place(q), losses = device.Empty(5), dP = device.Empty(15), dQ = device.Empty(15);
            KlDivergence.Forward(first, second, 5, 3, losses);
            KlDivergence.Backward(first, second, 5, 3, 1, dP, dQ);
            var values = losses.Values();
            Assert.That(values[0], Is.EqualTo(Math.Log(2 + Math.Exp(5)) - Math.Log(2)).Within(1e-6), $"{device}: out of p");
            Assert.That(values[1], Is.Zero, $"{device}: out of both");
            Assert.That(values[2], Is.EqualTo(float.PositiveInfinity), $"{device}: out of q");
            Assert.That(values[3..], Is.All.NaN, $"{device}");
            Assert.That(dP.Values()[..6], Has.None.NaN, $"{device}");
            Assert.That(dQ.Values()[..9], Has.None.NaN, $"{device}");
            Assert.That(dQ.Values()[9..], Is.All.NaN, $"{device}");
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded six = host.Empty(6), two = host.Empty(2), three = host.Empty(3);
        Assert.That(() => KlDivergence.Forward(six, three, 2, 3, two), Throws.TypeOf<ShapeException>().With.Message.Contains("q has 3"));
        Assert.That(() => KlDivergence.Forward(three, six, 2, 3, two), Throws.TypeOf<ShapeException>().With.Message.Contains("p has 3"));
        Assert.That(() => KlDivergence.Forward(six, six, 2, 3, three), Throws.TypeOf<ShapeException>().With.Message.Contains("losses"));
        Assert.That(() => KlDivergence.Backward(six, six, 2, 3, 1, three, default), Throws.TypeOf<ShapeException>().With.Message.Contains("dP"));
        Assert.That(() => KlDivergence.Backward(six, six, 2, 3, 1, default, three), Throws.TypeOf<ShapeException>().With.Message.Contains("dQ"));
        Assert.That(() => KlDivergence.Backward(six, six, 2, 3, 1, default, default), Throws.TypeOf<ShapeException>().With.Message.Contains("neither"));
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var (p, q) = (Logits(3000, 10, 3), Logits(3000, 10, 3, seed: 12));
        KernelInvariants.AssertSameBits<float>(device => [.. All(device, p, q, 3000, 10).SelectMany(values => values)], "divergences");
    }

    [TestCase(9, 10)]
    [TestCase(5, 100)]
    public void BitsDoNotDependOnSchedules(int batch, int classes)
    {
        var (p, q) = (Logits(batch, classes, 3), Logits(batch, classes, 3, seed: 12));
        KernelInvariants.AssertSchedulesAgree(device => All(device, p, q, batch, classes), $"{batch} samples of {classes} classes");
    }

    private static float[][] All(Device device, float[] p, float[] q, int batch, int classes)
    {
        using KernelCases.Guarded first = device.Place(p), second = device.Place(q), losses = device.Empty(batch);
        using KernelCases.Guarded dP = device.Empty(p.Length), dQ = device.Empty(p.Length);
        KlDivergence.Forward(first, second, batch, classes, losses);
        KlDivergence.Backward(first, second, batch, classes, 1, dP, dQ);
        return [losses.Values(), dP.Values(), dQ.Values()];
    }

    private static float[] Logits(int batch, int classes, float spread, int seed = 11) =>
        Array.ConvertAll(KernelCases.Values((long)batch * classes, seed), v => spread * v - 2);

    /// <summary>The formulas as they are written, from log-probabilities.</summary>
    private sealed class KlReference(int classes)
    {
        public double[] Losses(double[] p, double[] q) =>
            [.. p.Chunk(classes).Zip(q.Chunk(classes), (a, b) => Divergence(LogSoftmax.Of(a), LogSoftmax.Of(b)))];

        public (double[] DP, double[] DQ) Gradients(double[] p, double[] q, double scale)
        {
            var (dP, dQ) = (new double[p.Length], new double[q.Length]);
            for (var start = 0; start < p.Length; start += classes)
            {
                var (a, b) = (LogSoftmax.Of(p.AsSpan(start, classes)), LogSoftmax.Of(q.AsSpan(start, classes)));
                var value = Divergence(a, b);
                for (var c = 0; c < classes; c++)
                {
                    dP[start + c] = scale * Math.Exp(a[c]) * (a[c] - b[c] - value);
                    dQ[start + c] = scale * (Math.Exp(b[c]) - Math.Exp(a[c]));
                }
            }

            return (dP, dQ);
        }

        private static double Divergence(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Exp(x) * (x - y)).Sum();
    }
}
