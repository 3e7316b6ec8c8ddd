using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class PretrainStepTests
{
    private const int Batch = 10;

    private static readonly AttackBudget s_budget = new(8f / 255, 10f / 255, 1);

    [Test]
    public void AccumulatedMicroStepsEqualTheLargeBatch()
    {
        // True of the auto-encoder's term, not of the penalty. The two halves see half the masked patches each,
        // so their summed gradients are twice those of the whole.
        using var device = new HostDevice(2);
        using var model = TinyModels.Autoencoder(device);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var noise = device.Allocate<float>(Batch * model.Encoder.Patches);
        noise.CopyFrom(SeededValues.Pixels(noise.Length, 3));
        var start = device.Allocate<float>(images.Length);
        start.CopyFrom(SeededValues.Normal(start.Length, 4, 0.01));
        var objective = new PretrainObjective { Method = PretrainMethod.AdvMae, Budget = s_budget };

        using var whole = new PretrainStep(model, objective, null, Batch);
        var expected = whole.Run(new PretrainInputs(images, 1, 0) { MaskNoise = noise, AttackStart = start });
        using var half = new PretrainStep(model, objective, null, Batch / 2);
        var mean = 0.0;
        foreach (var from in new[] { 0L, 1L })
        {
            mean += half.Run(new PretrainInputs(Half(images, from), 1, 0) { MaskNoise = Half(noise, from), AttackStart = Half(start, from) }).Loss / 2;
        }

        Assert.That(mean, Is.EqualTo(expected.Loss).Within(1e-6));
        var large = whole.Gradients.Sum();
        var accumulated = half.Gradients.Sum();
        Assert.That(Distance(large, Array.ConvertAll(accumulated, value => value / 2)), Is.LessThan(1e-5 * Distance(large, new float[large.Length])));
        foreach (var span in new[] { images, noise, start })
            span.Buffer.Dispose();

        static DeviceSpan<float> Half(DeviceSpan<float> all, long which) => all.Slice(which * all.Length / 2, all.Length / 2);
    }

    [Test]
    public void TheAttackStaysInItsBallAndRaisesTheLoss()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Autoencoder(device);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        using var plain = new PretrainStep(model, new PretrainObjective { Method = PretrainMethod.Mae, Budget = s_budget }, null, Batch);
        using var attacked = new PretrainStep(model, new PretrainObjective { Method = PretrainMethod.AdvMae, Budget = s_budget }, null, Batch);
        var natural = plain.Run(new PretrainInputs(images, 1, 0));
        var report = attacked.Run(new PretrainInputs(images, 1, 0));
        Assert.That(report.Loss, Is.GreaterThan(natural.Loss));
        Assert.That(natural.StillPixels, Is.NaN);
        Assert.That(report.StillPixels, Is.EqualTo(0.75).Within(1e-3), "hidden pixels get no gradient");
        var before = images.ToArray();
        Assert.That(plain.Adversarial.ToArray(), Is.EqualTo(before).AsCollection);
        var after = attacked.Adversarial.ToArray();
        Assert.That(after, Is.All.InRange(0f, 1f));
        Assert.That(after.Zip(before, (a, b) => Math.Abs(a - b)).Max(), Is.GreaterThan(0.03).And.LessThanOrEqualTo(8f / 255 + 1e-7));
        images.Buffer.Dispose();
    }

    [Test]
    public void TheReportedLossIsTheSumOfItsParts()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.Autoencoder(device);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        using var step = new PretrainStep(
            model, new PretrainObjective { Method = PretrainMethod.Mimir, Budget = s_budget, MiWeight = 0.01 }, new HsicCca(), Batch);
        var report = step.Run(new PretrainInputs(images, 1, 0));
        Assert.That(report.InformationSkipped, Is.False);
        Assert.That(report.MiWeight, Is.EqualTo(0.01));
        Assert.That(report.Information, Is.GreaterThan(0));
        Assert.That(report.Loss, Is.EqualTo(report.Reconstruction + 0.01 * report.Information));
        Assert.That(report.GradientRatio, Is.GreaterThan(0));
        images.Buffer.Dispose();
    }

    [Test]
    public void ThePenaltysGradientReachesTheEncoderInProportionToItsWeight()
    {
        // The gradient is linear in λ: g(λ) = g(0) + λ·p.
        using var device = new HostDevice(1);
        using var model = TinyModels.Autoencoder(device);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var without = Gradient(0);
        var one = Gradient(1);
        var three = Gradient(3);
        var penalty = one.Zip(without, (a, b) => a - b).ToArray();
        var predicted = without.Zip(penalty, (a, p) => a + 3 * p).ToArray();
        Assert.That(Distance(penalty, new float[penalty.Length]), Is.GreaterThan(1e-2));
        Assert.That(Distance(three, predicted), Is.LessThan(1e-4 * Distance(three, new float[three.Length])));
        var decoder = model.Parameters["decoder_pred.weight"];
        Assert.That(
            three.AsSpan((int)decoder.Offset, (int)decoder.Shape.Count).ToArray(),
            Is.EqualTo(without.AsSpan((int)decoder.Offset, (int)decoder.Shape.Count).ToArray()).AsCollection, "the decoder is behind the latent");
        images.Buffer.Dispose();

        float[] Gradient(double weight)
        {
            using var step = new PretrainStep(
                model, new PretrainObjective { Method = PretrainMethod.Mimir, Budget = s_budget, MiWeight = weight }, new HsicCca(), Batch);
            step.Run(new PretrainInputs(images, 1, 0));
            return step.Gradients.Sum();
        }
    }

    [Test]
    public void BalanceSetsTheWeightByTheRatioOfTheGradients()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Autoencoder(device);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        using var step = new PretrainStep(
            model, new PretrainObjective { Method = PretrainMethod.Mimir, Budget = s_budget, MiBalance = 0.2 }, new HsicCca(), Batch);
        Assert.That(step.Run(new PretrainInputs(images, 1, 0)).MiWeight, Is.Zero, "nothing is known before the first step");
        var second = step.Run(new PretrainInputs(images, 1, 0));
        Assert.That(second.GradientRatio, Is.EqualTo(0.2).Within(1e-6), "the same step again has the measured ratio exactly");
        images.Buffer.Dispose();
    }

    [Test]
    public void AMaskMustLeaveAndTakeSomething([Values(0.99, 0.01)] double ratio)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Autoencoder(device);
        var objective = new PretrainObjective { Method = PretrainMethod.Mae, Budget = s_budget, MaskRatio = ratio };
        if (ratio < 0.5)
            Assert.That(() => new PretrainStep(model, objective, null, Batch).Dispose(), Throws.Nothing, "15 of 16 stay");
        else
            Assert.That(() => new PretrainStep(model, objective, null, Batch), Throws.ArgumentException.With.Message.Contains("--mask-ratio"));
    }

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => Math.Pow((double)x - y, 2)).Sum());
}
