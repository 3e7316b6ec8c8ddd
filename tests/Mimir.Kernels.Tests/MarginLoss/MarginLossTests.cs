using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="MarginLoss"/> against float64 and finite differences.</summary>
[TestFixture]
public class MarginLossTests
{
    private static readonly (int Batch, int Classes)[] s_shapes =
        [(0, 10), (1, 4), (3, 5), (5, 10), (7, 31), (4, 32), (9, 33), (6, 100), (2, 1000), (300, 4)];

    [Test]
    public void LossesAndGradientsMatchFloat64(
        [ValueSource(nameof(s_shapes))] (int Batch, int Classes) shape, [Values] MarginForm form, [Values(float.NegativeInfinity, -0.5f)] float floor)
    {
        var (batch, classes) = shape;
        var logits = Array.ConvertAll(KernelCases.Values((long)batch * classes, 1), v => 3 * v);
        var (labels, targets) = (Classes(batch, classes, 2), Classes(batch, classes, 3));
        for (var b = 0; b < batch; b += 2)
            labels[b] = Ranking(logits.ToDoubles(), b, classes)[0]; // half of the samples are right
        var reference = new Reference(form, labels, targets, classes, floor);
        var doubles = logits.ToDoubles();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(logits), losses = device.Empty(batch), dLogits = device.Empty(logits.Length);
            using var marks = new GuardedArray<int>(device, labels);
            using var aims = new GuardedArray<int>(device, form.IsTargeted() ? targets : []);
            MarginLoss.Forward(form, input, marks, aims.Span, batch, classes, floor, losses);
            KernelCases.AssertClose(losses.Values(), reference.Losses(doubles), 1e-6, 1e-5, $"{device} losses");
            MarginLoss.Backward(form, input, marks, aims.Span, batch, classes, floor, 0.5f, dLogits);
            var result = dLogits.Values();
            KernelCases.AssertClose(result, reference.Gradient(doubles, 0.5), 1e-6, 3e-5, $"{device} gradient");
            MarginLoss.Backward(form, input, marks, aims.Span, batch, classes, floor, 0.5f, input);
            Assert.That(input.Values(), Is.EqualTo(result), $"{device} in place");
        }
    }

    /// <summary>Values worked out by hand for z = (2, 1, 0.5, −1, 3, 0).</summary>
    [TestCase(MarginForm.Dlr, 0, 0, 0.5f)]
    [TestCase(MarginForm.Dlr, 4, 0, -0.5f)]
    [TestCase(MarginForm.TargetedDlr, 0, 1, -0.444444f)]
    [TestCase(MarginForm.TargetedDlr, 4, 1, -0.888889f)]
    [TestCase(MarginForm.Margin, 0, 0, 1f)]
    [TestCase(MarginForm.Margin, 4, 0, -1f)]
    [TestCase(MarginForm.Difference, 4, 1, -2f)]
    [TestCase(MarginForm.Difference, 3, 0, 3f)]
    public void KnownValues(MarginForm form, int label, int target, float expected)
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place([2, 1, 0.5f, -1, 3, 0]), losses = device.Empty(1);
            using var marks = new GuardedArray<int>(device, [label]);
            using var aims = new GuardedArray<int>(device, form.IsTargeted() ? [target] : []);
            MarginLoss.Forward(form, input, marks, aims.Span, 1, 6, float.NegativeInfinity, losses);
            Assert.That(losses.Values()[0], Is.EqualTo(expected).Within(1e-6), $"{device}");
        }
    }

    [Test]
    public void EqualLogitsAreRankedByClass()
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place([1, 1, 1, 1, 1]), dLogits = device.Empty(5);
            using var label = new GuardedArray<int>(device, [3]);
            MarginLoss.Backward(MarginForm.Margin, input, label, default, 1, 5, float.NegativeInfinity, 1, dLogits);
            Assert.That(dLogits.Values(), Is.EqualTo(new float[] { 1, 0, 0, -1, 0 }), $"{device}");
        }
    }

    [Test]
    public void ANaNSpoilsItsRowOnly([Values] MarginForm form)
    {
        var logits = KernelCases.Values(3 * 40, 5);
        logits[40 + 37] = float.NaN;
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(logits), losses = device.Empty(3), dLogits = device.Empty(logits.Length);
            using var labels = new GuardedArray<int>(device, [1, 2, 3]);
            using var targets = new GuardedArray<int>(device, form.IsTargeted() ? [4, 5, 6] : []);
            MarginLoss.Forward(form, input, labels, targets.Span, 3, 40, float.NegativeInfinity, losses);
            MarginLoss.Backward(form, input, labels, targets.Span, 3, 40, float.NegativeInfinity, 1, dLogits);
            var (loss, gradient) = (losses.Values(), dLogits.Values());
            Assert.That(Array.ConvertAll(loss, float.IsNaN), Is.EqualTo(new[] { false, true, false }), $"{device}");
            Assert.That(gradient[40..80], Is.All.NaN, $"{device}");
            Assert.That(gradient[..40].Concat(gradient[80..]), Has.None.NaN, $"{device}");
        }
    }

    [Test]
    public void BitsAreTheSameOnEveryDevice([Values] MarginForm form)
    {
        const int batch = 50;
        const int classes = 37;
        float[]? expected = null;
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(KernelCases.Values(batch * classes, 6)), losses = device.Empty(batch);
            using var dLogits = device.Empty(batch * classes);
            using var labels = new GuardedArray<int>(device, Classes(batch, classes, 7));
            using var targets = new GuardedArray<int>(device, form.IsTargeted() ? Classes(batch, classes, 8) : []);
            MarginLoss.Forward(form, input, labels, targets.Span, batch, classes, -10, losses);
            MarginLoss.Backward(form, input, labels, targets.Span, batch, classes, -10, 0.3f, dLogits);
            float[] all = [.. losses.Values(), .. dLogits.Values()];
            expected ??= all;
            Assert.That(all, Is.EqualTo(expected), $"{device}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using KernelCases.Guarded input = host.Place(KernelCases.Values(3000 * 10, 6)), dLogits = host.Empty(3000 * 10);
                using var labels = new GuardedArray<int>(host, Classes(3000, 10, 7));
                MarginLoss.Backward(MarginForm.Dlr, input, labels, default, 3000, 10, -10, 0.3f, dLogits);
                return dLogits.Values();
            },
            "Backward");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values] MarginForm form) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var (input, labels) = (memory.Place(KernelCases.Values(9 * 70, 6)), memory.Place(Classes(9, 70, 7)));
                var targets = form.IsTargeted() ? memory.Place(Classes(9, 70, 8)) : default;
                var (losses, dLogits) = (memory.Empty<float>(9), memory.Empty<float>(9 * 70));
                MarginLoss.Forward(form, input, labels, targets, 9, 70, -10, losses);
                MarginLoss.Backward(form, input, labels, targets, 9, 70, -10, 0.3f, dLogits);
                return (float[])[.. losses.ToArray(), .. dLogits.ToArray()];
            },
            $"{form}");

    [Test]
    public void ReferenceGradientAgreesWithFiniteDifferences([Values] MarginForm form)
    {
        const int classes = 7;
        const double step = 1e-6;
        var logits = KernelCases.Values(3 * classes, 9).ToDoubles();
        var reference = new Reference(form, [0, 3, 6], [1, 2, 3], classes, -0.3);
        var gradient = reference.Gradient(logits, 1);
        for (var i = 0; i < logits.Length; i++)
        {
            var value = logits[i];
            logits[i] = value + step;
            var above = reference.Losses(logits).Sum();
            logits[i] = value - step;
            var below = reference.Losses(logits).Sum();
            logits[i] = value;
            Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * step)).Within(1e-6));
        }
    }

    [Test]
    public void WrongArgumentsAreNamed()
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded logits = device.Empty(10), losses = device.Empty(2), one = device.Empty(1);
            using GuardedArray<int> labels = new(device, [0, 4]), wrong = new(device, [0, 5]);
            Assert.That(() => Forward(MarginForm.Margin, logits, labels, default, 5, one), Throws.TypeOf<ShapeException>().With.Message.Contains("losses"));
            Assert.That(() => Forward(MarginForm.Margin, logits, wrong, default, 5, losses), Throws.TypeOf<ShapeException>().With.Message.Contains("sample 1 is 5"));
            Assert.That(() => Forward(MarginForm.TargetedDlr, logits, labels, wrong, 5, losses), Throws.TypeOf<ShapeException>().With.Message.Contains("sample 1 is 5"));
            Assert.That(() => Forward(MarginForm.TargetedDlr, logits, labels, default, 5, losses), Throws.TypeOf<ShapeException>().With.Message.Contains("targets"));
            Assert.That(() => Forward(MarginForm.Dlr, logits, labels, labels, 5, losses), Throws.TypeOf<ShapeException>().With.Message.Contains("targets"));
            Assert.That(() => Forward(MarginForm.Dlr, logits, labels, default, 2, losses), Throws.TypeOf<ShapeException>().With.Message.Contains("at least 3"));
        }

        static void Forward(
            MarginForm form, DeviceSpan<float> logits, DeviceSpan<int> labels, DeviceSpan<int> targets, int classes, DeviceSpan<float> losses) =>
            MarginLoss.Forward(form, logits, labels, targets, 2, classes, float.NegativeInfinity, losses);
    }

    private static int[] Classes(int batch, int classes, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, batch).Select(_ => random.Next(classes))];
    }

    private static int[] Ranking(double[] logits, int sample, int classes) =>
        [.. Enumerable.Range(0, classes).OrderByDescending(c => logits[sample * classes + c])];

    /// <summary>The formulas of <see cref="MarginForm"/>, as they are written.</summary>
    private sealed class Reference(MarginForm form, int[] labels, int[] targets, int classes, double floor)
    {
        public double[] Losses(double[] logits) => [.. labels.Select((_, b) => Math.Max(Loss(logits, b).Value, floor))];

        public double[] Gradient(double[] logits, double scale)
        {
            var gradient = new double[logits.Length];
            for (var b = 0; b < labels.Length; b++)
            {
                var (value, other, denominator, ranking) = Loss(logits, b);
                if (value < floor)
                    continue;
                gradient[b * classes + other] += scale / denominator;
                gradient[b * classes + labels[b]] -= scale / denominator;
                if (form is MarginForm.Margin or MarginForm.Difference)
                    continue;
                var share = form == MarginForm.Dlr ? 1 : 0.5;
                gradient[b * classes + ranking[0]] -= scale * value / denominator;
                gradient[b * classes + ranking[2]] += share * scale * value / denominator;
                if (form == MarginForm.TargetedDlr)
                    gradient[b * classes + ranking[3]] += share * scale * value / denominator;
            }

            return gradient;
        }

        private (double Value, int Other, double Denominator, int[] Ranking) Loss(double[] logits, int b)
        {
            var ranking = Ranking(logits, b, classes);
            double Z(int c) => logits[b * classes + c];
            var other = form.IsTargeted() ? targets[b] : ranking.First(c => c != labels[b]);
            var denominator = form switch
            {
                MarginForm.Margin or MarginForm.Difference => 1,
                MarginForm.Dlr => Z(ranking[0]) - Z(ranking[2]) + 1e-12,
                _ => Z(ranking[0]) - (Z(ranking[2]) + Z(ranking[3])) / 2 + 1e-12,
            };
            return (-(Z(labels[b]) - Z(other)) / denominator, other, denominator, ranking);
        }
    }
}
