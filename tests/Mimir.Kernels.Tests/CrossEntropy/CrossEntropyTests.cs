using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="CrossEntropy"/> against float64 and finite differences.</summary>
[TestFixture]
public class CrossEntropyTests
{
    private static readonly (int Batch, int Classes)[] s_shapes =
        [(0, 10), (1, 1), (3, 2), (5, 10), (7, 15), (4, 16), (9, 17), (6, 100), (1, 1000), (5000, 3)];

    [Test]
    public void LabelsMatchFloat64(
        [ValueSource(nameof(s_shapes))] (int Batch, int Classes) shape, [Values(0f, 0.1f)] float smoothing, [Values(1f, 30f)] float spread)
    {
        var (batch, classes) = shape;
        var logits = Logits(batch, classes, spread);
        var labels = Labels(batch, classes);
        var targets = SmoothTargets(labels, classes, smoothing);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(logits), losses = device.Empty(batch), dLogits = device.Empty(logits.Length);
            using var marks = new GuardedArray<int>(device, labels);
            CrossEntropy.Forward(input, marks, batch, classes, smoothing, losses);
            KernelCases.AssertClose(
                losses.Values(), Losses(logits.ToDoubles(), targets, classes), 2e-7 * (1 + spread), 4e-7, $"{device} losses");
            CrossEntropy.Backward(input, marks, batch, classes, smoothing, 0.5f, dLogits);
            var result = dLogits.Values();
            KernelCases.AssertClose(result, Gradient(logits.ToDoubles(), targets, classes, 0.5), 1e-6, 1e-6, $"{device} gradient");
            CrossEntropy.Backward(input, marks, batch, classes, smoothing, 0.5f, input);
            Assert.That(input.Values(), Is.EqualTo(result), $"{device} in place");
        }
    }

    [Test]
    public void SoftTargetsMatchFloat64([ValueSource(nameof(s_shapes))] (int Batch, int Classes) shape, [Values(1f, 30f)] float spread)
    {
        var (batch, classes) = shape;
        var logits = Logits(batch, classes, spread);
        var targets = KernelCases.Values(logits.Length, 7).Select(v => (v + 1) / classes).ToArray(); // rows sum to about 1, not exactly
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(logits), soft = device.Place(targets);
            using KernelCases.Guarded losses = device.Empty(batch), dLogits = device.Empty(logits.Length);
            CrossEntropy.ForwardSoft(input, soft, batch, classes, losses);
            KernelCases.AssertClose(
                losses.Values(), Losses(logits.ToDoubles(), targets.ToDoubles(), classes), 2e-7 * (1 + spread), 1e-6, $"{device} losses");
            CrossEntropy.BackwardSoft(input, soft, batch, classes, -0.7f, dLogits);
            KernelCases.AssertClose(
                dLogits.Values(), Gradient(logits.ToDoubles(), targets.ToDoubles(), classes, -0.7), 1e-6, 1e-6, $"{device} gradient");
        }
    }

    [Test]
    public void ReferenceGradientAgreesWithFiniteDifferences()
    {
        const int classes = 7;
        const double step = 1e-5;
        var logits = Logits(2, classes, 3).ToDoubles();
        var targets = KernelCases.Values(logits.Length, 8).Select(v => (double)v + 1).ToArray();
        var gradient = Gradient(logits, targets, classes, 1);
        for (var i = 0; i < logits.Length; i++)
        {
            var value = logits[i];
            logits[i] = value + step;
            var above = Losses(logits, targets, classes).Sum();
            logits[i] = value - step;
            var below = Losses(logits, targets, classes).Sum();
            logits[i] = value;
            Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * step)).Within(1e-8));
        }
    }

    [TestCase(1e4f)]
    [TestCase(-1e4f)]
    [TestCase(-1e30f)]
    public void FarLogitsDoNotOverflow(float offset)
    {
        var logits = new float[20];
        Array.Fill(logits, offset);
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(logits), losses = device.Empty(1), dLogits = device.Empty(20);
            using var label = new GuardedArray<int>(device, [19]);
            CrossEntropy.Forward(input, label, 1, 20, 0.1f, losses);
            CrossEntropy.Backward(input, label, 1, 20, 0f, 1f, dLogits);
            Assert.That(losses.Values()[0], Is.EqualTo(Math.Log(20)).Within(1e-6), $"{device}");
            Assert.That(dLogits.Values()[19], Is.EqualTo(-0.95f).Within(1e-6), $"{device}");
        }
    }

    [Test]
    public void InfinitiesAndNaN()
    {
        foreach (var device in KernelCases.Devices)
        {
            float[] logits = [0, float.NegativeInfinity, 0, /**/ 1, 2, float.NaN, /**/ float.NaN, 5, 6];
            using KernelCases.Guarded input = device.Place(logits), losses = device.Empty(3), dLogits = device.Empty(9);
            using var labels = new GuardedArray<int>(device, [0, 0, 1]);
            CrossEntropy.Forward(input, labels, 3, 3, 0, losses);
            CrossEntropy.Backward(input, labels, 3, 3, 0, 1, dLogits);
            var (loss, gradient) = (losses.Values(), dLogits.Values());
            Assert.That(loss[0], Is.EqualTo(Math.Log(2)).Within(1e-6), $"{device}: a class that is ruled out");
            Assert.That(gradient[1], Is.Zero, $"{device}");
            Assert.That(loss[1..], Is.All.NaN, $"{device}");
            Assert.That(gradient[3..], Is.All.NaN, $"{device}");
        }
    }

    [TestCase(3)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    public void AWrongLabelIsNamed(int wrong)
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded logits = device.Place(new float[6]), losses = device.Empty(2);
            using var labels = new GuardedArray<int>(device, [2, wrong]);
            Assert.That(() => CrossEntropy.Forward(logits, labels, 2, 3, 0, losses), Throws.TypeOf<ShapeException>()
                .With.Message.EqualTo($"CrossEntropy.Forward: the label of sample 1 is {wrong}, expected 0 to 2"), $"{device}");
            Assert.That(() => CrossEntropy.Backward(logits, labels, 2, 3, 0, 1, logits), Throws.TypeOf<ShapeException>()
                .With.Message.EqualTo($"CrossEntropy.Backward: the label of sample 1 is {wrong}, expected 0 to 2"), $"{device}");
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded six = host.Empty(6), two = host.Empty(2), three = host.Empty(3);
        using var labels = new GuardedArray<int>(host, [0, 0]);
        Assert.That(() => CrossEntropy.Forward(six, labels, 2, 2, 0, two), Throws.TypeOf<ShapeException>());
        Assert.That(() => CrossEntropy.Forward(six, labels, 2, 3, 0, three), Throws.TypeOf<ShapeException>());
        Assert.That(() => CrossEntropy.Forward(six, labels, 2, 3, 1.5f, two), Throws.TypeOf<ShapeException>());
        Assert.That(() => CrossEntropy.Backward(six, labels.Span.Slice(0, 1), 2, 3, 0, 1, six), Throws.TypeOf<ShapeException>());
        Assert.That(() => CrossEntropy.ForwardSoft(six, three, 2, 3, two), Throws.TypeOf<ShapeException>());
        Assert.That(() => CrossEntropy.BackwardSoft(six, six, 2, 3, 1, three), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var logits = Logits(3000, 10, 3);
        var labels = Labels(3000, 10);
        float[][]? first = null;
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = KernelCases.WithThreads(threads);
            using KernelCases.Guarded input = host.Place(logits), losses = host.Empty(3000), dLogits = host.Empty(logits.Length);
            using var marks = new GuardedArray<int>(host, labels);
            CrossEntropy.Forward(input, marks, 3000, 10, 0.1f, losses);
            CrossEntropy.Backward(input, marks, 3000, 10, 0.1f, 1, dLogits);
            float[][] all = [losses.Values(), dLogits.Values()];
            first ??= all;
            Assert.That(all, Is.EqualTo(first));
        }
    }

    [TestCase(9, 10)]
    [TestCase(5, 100)]
    public void BitsDoNotDependOnSchedules(int batch, int classes)
    {
        var logits = Logits(batch, classes, 3);
        var targets = KernelCases.Values(logits.Length, 7);
        KernelInvariants.AssertSchedulesAgree(
            device =>
            {
                using KernelCases.Guarded input = device.Place(logits), soft = device.Place(targets);
                using KernelCases.Guarded losses = device.Empty(batch), softLosses = device.Empty(batch);
                using KernelCases.Guarded dLogits = device.Empty(logits.Length), dSoft = device.Empty(logits.Length);
                using var marks = new GuardedArray<int>(device, Labels(batch, classes));
                CrossEntropy.Forward(input, marks, batch, classes, 0.1f, losses);
                CrossEntropy.Backward(input, marks, batch, classes, 0.1f, 1, dLogits);
                CrossEntropy.ForwardSoft(input, soft, batch, classes, softLosses);
                CrossEntropy.BackwardSoft(input, soft, batch, classes, 1, dSoft);
                return [losses.Values(), dLogits.Values(), softLosses.Values(), dSoft.Values()];
            },
            $"{batch} samples of {classes} classes");
    }

    /// <summary>A replayed call cannot wait for a look at its labels: what depends on a wrong one becomes NaN.</summary>
    [Test]
    public void AWrongLabelOfAReplayedCallGivesNaN()
    {
        foreach (var device in KernelCases.Devices.OfType<PtxDevice>())
        {
            using KernelCases.Guarded logits = device.Place(new float[6]), dLogits = device.Empty(6);
            using var labels = new GuardedArray<int>(device, [2, 0]);
            using var wrong = new GuardedArray<int>(device, [2, 3]);
            var called = 0;
            device.Repeat(20, () => CrossEntropy.Backward(logits, called++ == 0 ? labels : wrong, 2, 3, 0, 1, dLogits));
            Assert.That(called, Is.EqualTo(2), $"{device}: once run, once recorded");
            Assert.That(dLogits.Values()[..3], Has.None.NaN, $"{device}");
            Assert.That(dLogits.Values()[3..], Is.All.NaN, $"{device}");
        }
    }

    private static float[] Logits(int batch, int classes, float spread) =>
        KernelCases.Values((long)batch * classes, 11).Select(v => spread * v - 2).ToArray();

    private static int[] Labels(int batch, int classes) => Enumerable.Range(0, batch).Select(b => (b * 7 + classes - 1) % classes).ToArray();

    private static double[] SmoothTargets(int[] labels, int classes, float smoothing)
    {
        var targets = new double[labels.Length * classes];
        Array.Fill(targets, (double)smoothing / classes);
        for (var b = 0; b < labels.Length; b++)
            targets[b * classes + labels[b]] += 1 - (double)smoothing;
        return targets;
    }

    private static double[] Losses(double[] logits, double[] targets, int classes)
    {
        var losses = new double[logits.Length / classes];
        for (var i = 0; i < logits.Length; i++)
            losses[i / classes] -= targets[i] * Math.Log(Probability(logits, i, classes));
        return losses;
    }

    private static double[] Gradient(double[] logits, double[] targets, int classes, double scale) =>
        [.. logits.Select((_, i) => scale * (Probability(logits, i, classes) * Mass(targets, i, classes) - targets[i]))];

    private static double Mass(double[] targets, int i, int classes) => targets.Skip(i / classes * classes).Take(classes).Sum();

    private static double Probability(double[] logits, int i, int classes)
    {
        var sum = 0.0;
        foreach (var x in logits.AsSpan(i / classes * classes, classes))
            sum += Math.Exp(x - logits[i]);
        return 1 / sum;
    }
}
