using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Training;

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
        using var reference = new AttackReference(model);
        var victim = new Victim(model, pools);
        var apgd = new TwoStepApgd(victim, pools, Batch);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var labels = TinyModels.Labels(device, Batch);
        var natural = images.ToArray().Chunk(victim.Values).ToArray();
        var classes = labels.ToArray();
        if (sure)
        {
            classes = [.. natural.Select(image => Predictions.ArgMax(reference.Evaluate(AttackLoss.CrossEntropy, Doubles(image), 0).Logits))];
            labels.CopyFrom(classes);
            Assert.That(natural.Zip(classes, (image, label) => reference.Evaluate(AttackLoss.CrossEntropy, Doubles(image), label).Loss), Has.Some.Zero);
        }

        var adversarial = device.Allocate<float>(images.Length);
        apgd.Run(Epsilon, images, labels, adversarial);
        var attack = new ApgdAttack(AttackNorm.Linf, Epsilon) { Iterations = 2 };
        for (var i = 0; i < Batch; i++)
        {
            var plain = new PlainApgd(attack, reference, Doubles(natural[i]), classes[i]);
            plain.Run(natural[i], target: 0);
            Assert.That(adversarial.Slice((long)i * victim.Values, victim.Values).ToArray(), Is.EqualTo(plain.BestPoint).Within(1e-6), $"image {i}");
            var alone = adversarial.Slice(0, victim.Values);
            apgd.Run(Epsilon, images.Slice((long)i * victim.Values, victim.Values), labels.Slice(i, 1), alone);
            Assert.That(alone.ToArray(), Is.EqualTo(plain.BestPoint).Within(1e-6), $"image {i} alone");
        }

        images.Buffer.Dispose();
        labels.Buffer.Dispose();
        adversarial.Buffer.Dispose();
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
