using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="MartLoss"/> against float64, finite differences and values from PyTorch.</summary>
[TestFixture]
public class MartLossTests
{
    private const float Beta = 6;

    private static readonly (int Batch, int Classes)[] s_shapes =
        [(0, 10), (1, 2), (3, 2), (5, 10), (7, 15), (4, 16), (9, 17), (3, 33), (6, 100), (1, 1000), (300, 3)];

    [Test]
    public void ValuesAndGradientsMatchFloat64(
        [ValueSource(nameof(s_shapes))] (int Batch, int Classes) shape, [Values(1f, 30f)] float spread, [Values(0f, Beta)] float beta)
    {
        var (batch, classes) = shape;
        var (attacked, natural, labels) = (Logits(batch, classes, spread, 11), Logits(batch, classes, spread, 12), Labels(batch, classes));
        var reference = new MartReference(labels, classes, beta);
        var losses64 = reference.Losses(attacked.ToDoubles(), natural.ToDoubles());
        var (dAttacked, dNatural) = reference.Gradients(attacked.ToDoubles(), natural.ToDoubles(), 0.5);
        foreach (var device in KernelCases.Devices)
        {
            var (losses, dA, dN) = Run(device, attacked, natural, labels, classes, beta, 0.5f);
            KernelCases.AssertClose(losses, losses64, 5e-7 * (1 + spread) * (1 + beta), 1e-6, $"{device} losses");
            KernelCases.AssertClose(dA, dAttacked, 5e-7 * (1 + spread) * (1 + beta), 2e-5, $"{device} attacked");
            KernelCases.AssertClose(dN, dNatural, 5e-7 * (1 + spread) * (1 + beta), 2e-5, $"{device} natural");
        }
    }

    /// <summary>Probabilities so near 1 that the rest is below float32's last digit of them, where 1.0001 − p_k and 1.0000001 − q_y are small.</summary>
    [Test]
    public void ASureClassifierLosesNoDigits([Values(9f, 12f, 14f, 16f, 20f)] float sure)
    {
        float[] attacked = [0, 0.5f, sure, 1], natural = [1, sure, 0, 0.5f];
        var reference = new MartReference([1], 4, Beta);
        var losses64 = reference.Losses(attacked.ToDoubles(), natural.ToDoubles());
        var (dAttacked, dNatural) = reference.Gradients(attacked.ToDoubles(), natural.ToDoubles(), 1);
        foreach (var device in KernelCases.Devices)
        {
            var (losses, dA, dN) = Run(device, attacked, natural, [1], 4, Beta, 1);
            KernelCases.AssertClose(losses, losses64, 0, 5e-6, $"{device} losses");
            KernelCases.AssertClose(dA, dAttacked, 1e-6, 2e-5, $"{device} attacked");
            KernelCases.AssertClose(dN, dNatural, 1e-12, 2e-5, $"{device} natural");
        }
    }

    /// <summary>Labels 1, 3 and 4, by PyTorch in float64.</summary>
    [Test]
    public void PyTorchAgrees()
    {
        double[] dAttacked =
        [
            -0.5847217248, -1.038779251, 0.1236677947, 2.582122042, -1.082288861, -0.04016620622, -3.079492578, 5.557544236, -1.9477823,
            -0.4901031517, -3.442906229, 4.549777283, -0.3544853279, -0.587004855, -0.1653808712,
        ];
        double[] dNatural =
        [
            0.5182362082, -0.004479393542, -0.09065943025, -1.064935427, 0.6418380428, -0.1867965212, 3.569735424, -0.4425871699,
            -2.592326044, -0.3480256891, 4.680066288, -0.5912385797, -0.7811991062, -2.839866369, -0.4677622325,
        ];
        foreach (var device in KernelCases.Devices)
        {
            var (losses, dA, dN) = Run(device, PyTorchCase.Adversarial, PyTorchCase.Natural, [1, 3, 4], 5, Beta, 1);
            KernelCases.AssertClose(losses, [6.204498274, 15.22860577, 15.50552278], 0, 1e-6, $"{device}");
            KernelCases.AssertClose(dA, dAttacked, 1e-6, 2e-6, $"{device} attacked");
            KernelCases.AssertClose(dN, dNatural, 1e-6, 2e-6, $"{device} natural");
        }
    }

    /// <summary>f(x) = [[2, 0, 0], [0, 1, 0]], f(x') = [[1, 0, −1], [0.2, 0.1, 0.5]], labels 0 and 1.</summary>
    [TestCase(0f, 1.2518909521)]
    [TestCase(6f, 1.5440310732)]
    public void KnownValues(float beta, double mean)
    {
        foreach (var device in KernelCases.Devices)
        {
            var (losses, _, _) = Run(device, [1, 0, -1, 0.2f, 0.1f, 0.5f], [2, 0, 0, 0, 1, 0], [0, 1], 3, beta, 1);
            Assert.That(losses.Average(value => (double)value), Is.EqualTo(mean).Within(1e-6), $"{device}");
        }
    }

    [Test]
    public void ReferenceGradientsAgreeWithFiniteDifferences()
    {
        const int classes = 7;
        var reference = new MartReference(Labels(3, classes), classes, Beta);
        var (attacked, natural) = (Logits(3, classes, 3, 11).ToDoubles(), Logits(3, classes, 3, 12).ToDoubles());
        var (dAttacked, dNatural) = reference.Gradients(attacked, natural, 1);
        Derivatives.AssertAre(dAttacked, attacked, () => reference.Losses(attacked, natural).Sum(), 1e-7);
        Derivatives.AssertAre(dNatural, natural, () => reference.Losses(attacked, natural).Sum(), 1e-7);
    }

    [Test]
    public void ClassesRuledOutAndNaN()
    {
        const float out_ = float.NegativeInfinity;
        float[] attacked = [0, out_, 0, /**/ out_, 0, out_, /**/ 0, float.NaN, 2, /**/ 1, 2, 3];
        float[] natural = [0, 5, out_, /**/ out_, 0, 1, /**/ 1, 2, 3, /**/ float.NaN, 1, 2];
        foreach (var device in KernelCases.Devices)
        {
            var (losses, dA, dN) = Run(device, attacked, natural, [0, 1, 2, 2], 3, Beta, 1);
            Assert.That(losses[..2], Is.All.Matches<float>(float.IsFinite), $"{device}");
            Assert.That(dA[..6], Is.All.Matches<float>(float.IsFinite), $"{device}");
            Assert.That(dN[..6], Is.All.Matches<float>(float.IsFinite), $"{device}");
            Assert.That(losses[2..], Is.All.NaN, $"{device}");
            Assert.That(dA[6..], Is.All.NaN, $"{device}");
            Assert.That(dN[6..], Is.All.NaN, $"{device}");
        }
    }

    [TestCase(3)]
    [TestCase(-1)]
    public void AWrongLabelIsNamed(int wrong)
    {
        foreach (var device in KernelCases.Devices)
        {
            Assert.That(
                () => Run(device, new float[6], new float[6], [2, wrong], 3, Beta, 1),
                Throws.TypeOf<ShapeException>().With.Message.EqualTo($"MartLoss.Forward: the label of sample 1 is {wrong}, expected 0 to 2"), $"{device}");
        }
    }

    /// <summary>A replayed call cannot wait for a look at its labels: what depends on a wrong one becomes NaN.</summary>
    [Test]
    public void AWrongLabelOfAReplayedCallGivesNaN()
    {
        foreach (var device in KernelCases.Devices.OfType<PtxDevice>())
        {
            using KernelCases.Guarded logits = device.Place(new float[6]), dA = device.Empty(6), dN = device.Empty(6);
            using var labels = new GuardedArray<int>(device, [2, 0]);
            using var wrong = new GuardedArray<int>(device, [2, 3]);
            var called = 0;
            device.Repeat(5, () => MartLoss.Backward(logits, logits, called++ == 0 ? labels : wrong, 2, 3, Beta, 1, dA, dN));
            foreach (var result in new[] { dA.Values(), dN.Values() })
            {
                Assert.That(result[..3], Has.None.NaN, $"{device}");
                Assert.That(result[3..], Is.All.NaN, $"{device}");
            }
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded six = host.Empty(6), two = host.Empty(2), three = host.Empty(3);
        using var labels = new GuardedArray<int>(host, [0, 0]);
        Assert.That(() => MartLoss.Forward(six, three, labels, 2, 3, 1, two), Throws.TypeOf<ShapeException>().With.Message.Contains("natural"));
        Assert.That(() => MartLoss.Forward(three, six, labels, 2, 3, 1, two), Throws.TypeOf<ShapeException>().With.Message.Contains("adversarial"));
        Assert.That(() => MartLoss.Forward(six, six, labels, 2, 3, 1, three), Throws.TypeOf<ShapeException>().With.Message.Contains("losses"));
        Assert.That(() => MartLoss.Forward(six, six, labels, 2, 3, -1, two), Throws.TypeOf<ShapeException>().With.Message.Contains("beta"));
        Assert.That(() => MartLoss.Forward(two, two, labels, 2, 1, 1, two), Throws.TypeOf<ShapeException>().With.Message.Contains("at least 2"));
        Assert.That(() => MartLoss.Backward(six, six, labels, 2, 3, 1, 1, three, six), Throws.TypeOf<ShapeException>().With.Message.Contains("dAdversarial"));
        Assert.That(() => MartLoss.Backward(six, six, labels.Span.Slice(0, 1), 2, 3, 1, 1, six, six), Throws.TypeOf<ShapeException>().With.Message.Contains("labels"));
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var (attacked, natural, labels) = (Logits(3000, 10, 3, 11), Logits(3000, 10, 3, 12), Labels(3000, 10));
        KernelInvariants.AssertSameBits<float>(
            device =>
            {
                var (losses, dA, dN) = Run(device, attacked, natural, labels, 10, Beta, 1);
                return [.. losses, .. dA, .. dN];
            },
            "losses and gradients");
    }

    [TestCase(9, 10)]
    [TestCase(5, 100)]
    public void BitsDoNotDependOnSchedules(int batch, int classes)
    {
        var (attacked, natural, labels) = (Logits(batch, classes, 3, 11), Logits(batch, classes, 3, 12), Labels(batch, classes));
        KernelInvariants.AssertSchedulesAgree(
            device =>
            {
                var (losses, dA, dN) = Run(device, attacked, natural, labels, classes, Beta, 1);
                return [losses, dA, dN];
            },
            $"{batch} samples of {classes} classes");
    }

    private static (float[] Losses, float[] DAttacked, float[] DNatural) Run(
        Device device, float[] attacked, float[] natural, int[] labels, int classes, float beta, float scale)
    {
        var batch = labels.Length;
        using KernelCases.Guarded a = device.Place(attacked), n = device.Place(natural), losses = device.Empty(batch);
        using KernelCases.Guarded dA = device.Empty(attacked.Length), dN = device.Empty(natural.Length);
        using var marks = new GuardedArray<int>(device, labels);
        MartLoss.Forward(a, n, marks, batch, classes, beta, losses);
        MartLoss.Backward(a, n, marks, batch, classes, beta, scale, dA, dN);
        return (losses.Values(), dA.Values(), dN.Values());
    }

    private static float[] Logits(int batch, int classes, float spread, int seed) =>
        Array.ConvertAll(KernelCases.Values((long)batch * classes, seed), v => spread * v - 2);

    private static int[] Labels(int batch, int classes) => [.. Enumerable.Range(0, batch).Select(b => (b * 7 + classes - 1) % classes)];

    /// <summary>The loss as it is written, and its derivatives through the probabilities. 1 − p is summed from the other classes: float64 would
    /// lose digits in the constants too.</summary>
    private sealed class MartReference(int[] labels, int classes, double beta)
    {
        public double[] Losses(double[] attacked, double[] natural) => [.. labels.Select((_, b) => new Row(this, attacked, natural, b).Loss)];

        public (double[] DAttacked, double[] DNatural) Gradients(double[] attacked, double[] natural, double scale)
        {
            var rows = labels.Select((_, b) => new Row(this, attacked, natural, b)).ToArray();
            return ([.. rows.SelectMany(row => row.ThroughSoftmax(row.P, row.InP, scale))], [.. rows.SelectMany(row => row.ThroughSoftmax(row.Q, row.InQ, scale))]);
        }

        private sealed class Row
        {
            public Row(MartReference loss, double[] attacked, double[] natural, int b)
            {
                var (label, classes, beta) = (loss.Label(b), loss.Classes, loss.Beta);
                double[] logP = LogSoftmax.Of(attacked.AsSpan(b * classes, classes)), logQ = LogSoftmax.Of(natural.AsSpan(b * classes, classes));
                (P, Q) = (Array.ConvertAll(logP, Math.Exp), Array.ConvertAll(logQ, Math.Exp));
                var rival = Enumerable.Range(0, classes).Where(c => c != label).MaxBy(c => logP[c]);
                var wrong = 1e-4 + P.Where((_, c) => c != rival).Sum() + 1e-12;
                var weight = beta * (1e-7 + Q.Where((_, c) => c != label).Sum());
                var ratios = logQ.Zip(P, (log, p) => log - Math.Log(p + 1e-12)).ToArray();
                var divergence = Q.Zip(ratios, (q, ratio) => q * ratio).Sum();
                Loss = -logP[label] - Math.Log(wrong) + weight * divergence;
                InP = [.. P.Select((p, c) => (c == label ? -1 / p : 0) + (c == rival ? 1 / wrong : 0) - weight * Q[c] / (p + 1e-12))];
                InQ = [.. ratios.Select((ratio, c) => weight * (ratio + 1) - (c == label ? beta * divergence : 0))];
            }

            public double[] P { get; }

            public double[] Q { get; }

            public double Loss { get; }

            public double[] InP { get; }

            public double[] InQ { get; }

            // p_j (g_j − Σ g_c p_c) as Σ_c p_j p_c (g_j − g_c), which does not cancel where one p is almost 1.
            public IEnumerable<double> ThroughSoftmax(double[] p, double[] gradient, double scale) =>
                p.Select((share, j) => scale * p.Select((other, c) => share * other * (gradient[j] - gradient[c])).Sum());
        }

        private int Label(int b) => labels[b];

        private int Classes => classes;

        private double Beta => beta;
    }
}
