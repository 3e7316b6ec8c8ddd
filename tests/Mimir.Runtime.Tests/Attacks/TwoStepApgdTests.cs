using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Two iterations of APGD beside the general algorithm written down plainly.</summary>
[TestFixture]
internal sealed class TwoStepApgdTests
{
    private const int Batch = 6;
    private const float Epsilon = 0.1f;

    [Test]
    public void IsTheGeneralAlgorithmWithTwoIterations([Values] bool sure)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        if (sure) // so sure that cross-entropy is exactly 0 where the model is right: a checkpoint then halves the step
        {
            foreach (ref var weight in model.Parameters["head.weight"].Value.AsSpan())
                weight *= 400;
            model.Refresh();
        }

        using var pools = new LanePools(device, 1);
        var victim = new Victim(model, pools);
        using var apgd = new TwoStepApgd(victim, pools, Batch);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var labels = TinyModels.Labels(device, Batch);
        if (sure)
            labels.CopyFrom(Predictions(victim, images)); // all are right
        var adversarial = device.Allocate<float>(images.Length);
        apgd.Run(Epsilon, images, labels, adversarial);
        var reference = new Reference(victim, images.ToArray(), labels, iterations: 2);
        var expected = reference.Run();
        Assert.That(adversarial.ToArray(), Is.EqualTo(expected).Within(1e-6));
        Assert.That(reference.Halvings, sure ? Is.Positive : Is.Zero);
        Assert.That(adversarial.ToArray(), sure ? Is.All.InRange(0, 1) : Is.Not.EqualTo(images.ToArray()).AsCollection);

        apgd.Run(Epsilon, images.Slice(0, victim.Values), labels.Slice(0, 1), adversarial.Slice(0, victim.Values));
        Assert.That(adversarial.Slice(0, victim.Values).ToArray(), Is.EqualTo(expected[..victim.Values]).Within(1e-6), "an image alone");
        images.Buffer.Dispose();
        labels.Buffer.Dispose();
        adversarial.Buffer.Dispose();
    }

    private static int[] Predictions(Victim victim, DeviceSpan<float> images)
    {
        var logits = new float[Batch * TinyModels.Classes];
        victim.Logits(images, logits);
        return [.. logits.Chunk(TinyModels.Classes).Select(row => Array.IndexOf(row, row.Max()))];
    }

    /// <summary>APGD-CE in L∞ without a random start, image by image: every array and the loss table as the algorithm has them.</summary>
    private sealed class Reference(Victim victim, float[] images, DeviceSpan<int> labels, int iterations)
    {
        private const double Rho = 0.75;

        public int Halvings { get; private set; }

        public float[] Run() => [.. Enumerable.Range(0, Batch).SelectMany(Image)];

        private float[] Image(int image)
        {
            var values = victim.Values;
            var x = images.AsSpan(image * values, values).ToArray();
            var (point, before, best) = (x.ToArray(), x.ToArray(), x.ToArray());
            var (bestLoss, gradient) = Evaluate(image, point);
            var bestGradient = gradient;
            var table = new float[iterations];
            var (length, reduced, lossAtCheckpoint) = (2 * Epsilon, true, bestLoss);
            var (k, sinceCheckpoint) = (Math.Max((int)(0.22 * iterations), 1), 0);
            var (shrink, least) = (Math.Max((int)(0.03 * iterations), 1), Math.Max((int)(0.06 * iterations), 1));
            for (var i = 0; i < iterations; i++)
            {
                var share = i == 0 ? 1f : 0.75f;
                var next = new float[values];
                for (var v = 0; v < values; v++)
                {
                    var u = Project(point[v] + length * Math.Sign(gradient[v]), x[v]);
                    next[v] = Project(point[v] + share * (u - point[v]) + (1 - share) * (point[v] - before[v]), x[v]);
                }

                (before, point) = (point, next);
                (table[i], gradient) = Evaluate(image, point);
                if (table[i] > bestLoss)
                    (bestLoss, best, bestGradient) = (table[i], point, gradient);
                if (++sinceCheckpoint < k)
                    continue;
                var rises = Enumerable.Range(0, k).Count(c => table[i - c] > table[(i - c - 1 + iterations) % iterations]);
                var (stalled, stuck) = (rises <= Rho * k, !reduced && lossAtCheckpoint >= bestLoss);
                reduced = stalled || stuck;
                if (reduced)
                {
                    length /= 2;
                    (point, gradient) = (best, bestGradient);
                    Halvings += i == iterations - 1 ? 0 : 1;
                }

                (lossAtCheckpoint, sinceCheckpoint, k) = (bestLoss, 0, Math.Max(k - shrink, least));
            }

            return best;
        }

        private static float Project(float value, float x) => Math.Clamp(Math.Clamp(value, x - Epsilon, x + Epsilon), 0f, 1f);

        private (float Loss, float[] Gradient) Evaluate(int image, float[] point)
        {
            var device = victim.Model.Device;
            var (pixels, gradient) = (device.Allocate<float>(point.Length), device.Allocate<float>(point.Length));
            pixels.CopyFrom(point);
            var losses = new float[1];
            victim.Evaluate(AttackLoss.CrossEntropy, pixels, labels.Slice(image, 1), default, new float[victim.Model.Classes], losses, gradient);
            var result = (losses[0], gradient.ToArray());
            pixels.Buffer.Dispose();
            gradient.Buffer.Dispose();
            return result;
        }
    }
}
