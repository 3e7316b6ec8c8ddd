using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class ReconstructionEvaluationTests
{
    private const int Count = 61; // two pieces and a rest
    private const ulong Seed = 3;

    [Test]
    public void ErrorsAreThoseThatTrainingSees([Values] AttackTarget target, [Values] AttackMask mask)
    {
        var results = Run(2, target, mask);
        using var device = new HostDevice(1);
        using var model = TinyModels.Autoencoder(device);
        double Trained(PretrainMethod method, out double still)
        {
            var objective = new PretrainObjective { Method = method, Budget = new ReconstructionSettings().Budget, AttackMask = mask, AttackTarget = target };
            using var step = new PretrainStep(model, objective, null, Count);
            var images = TinyModels.Images(device, model.Encoder, Count);
            var report = step.Run(new PretrainInputs(images, Seed, 0));
            images.Buffer.Dispose();
            still = report.StillPixels;
            return report.Reconstruction;
        }

        Assert.That(ReconstructionResults.Mean(results.Natural).Mean, Is.EqualTo(Trained(PretrainMethod.Mae, out _)).Within(1e-6));
        Assert.That(ReconstructionResults.Mean(results.Attacked).Mean, Is.EqualTo(Trained(PretrainMethod.AdvMae, out var still)).Within(1e-6));
        Assert.That(results.StillShare, Is.EqualTo(still).Within(1e-12));
    }

    [Test]
    public void ThePapersAttackBeatsNoiseAndLeavesHiddenPixelsWithoutGradient()
    {
        var paper = Run(1, AttackTarget.Natural, AttackMask.Shared);
        var (noise, attacked) = (ReconstructionResults.Mean(paper.Noise).Mean, ReconstructionResults.Mean(paper.Attacked).Mean);
        Assert.That(attacked, Is.GreaterThan(noise));
        Assert.That(paper.StillShare, Is.EqualTo(0.75).Within(0.01));
        Assert.That(Run(1, AttackTarget.Perturbed, AttackMask.Fresh).StillShare, Is.LessThan(0.01), "the target's pixels have one");
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var (one, three) = (Run(1, AttackTarget.Natural, AttackMask.Shared), Run(3, AttackTarget.Natural, AttackMask.Shared));
        Assert.That(three.Natural, Is.EqualTo(one.Natural));
        Assert.That(three.Noise, Is.EqualTo(one.Noise));
        Assert.That(three.Attacked, Is.EqualTo(one.Attacked));
        Assert.That(three.StillShare, Is.EqualTo(one.StillShare));
    }

    [Test]
    public void TheIntervalIsThatOfAMean() =>
        Assert.That(ReconstructionResults.Mean([1, 2, 3, 6]), Is.EqualTo((3.0, 1.96 * Math.Sqrt(14.0 / 3 / 4))));

    private static ReconstructionResults Run(int threads, AttackTarget target, AttackMask mask)
    {
        using var device = new HostDevice(threads);
        using var model = TinyModels.Autoencoder(device);
        var shape = new ImageShape(model.Encoder.Channels, model.Encoder.Image, model.Encoder.Image);
        var images = ImageSet.FromFloats("tiny", "memory", shape, SeededValues.Pixels(Count * shape.Values, 1), new int[Count], ["0"]);
        using var evaluation = new ReconstructionEvaluation(model, new ReconstructionSettings { Target = target, Mask = mask, Seed = Seed });
        var told = 0;
        var results = evaluation.Run(images, done => told = done, default);
        Assert.That(told, Is.EqualTo(Count));
        return results;
    }
}
