using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

internal sealed class ApgdAttackTests
{
    private const float Epsilon = 10f / 255;
    private const float EuclideanEpsilon = 0.5f;

    private readonly HostDevice _device = new(2);
    private VisionTransformer _model = null!;
    private ImageSet _images = null!;

    [OneTimeSetUp]
    public void MakeModel()
    {
        _model = TinyModels.SteepClassifier(_device);
        _images = TinyAttacks.Images(_model, 12);
    }

    [OneTimeTearDown]
    public void FreeModel()
    {
        _model.Dispose();
        _device.Dispose();
    }

    [Test]
    public void FollowsThePlainAlgorithm([ValueSource(typeof(ApgdLosses), nameof(ApgdLosses.Names))] string loss, [Values] AttackNorm norm)
    {
        var epsilon = norm == AttackNorm.Linf ? Epsilon : EuclideanEpsilon;
        var attack = new ApgdAttack(norm, epsilon) { Loss = ApgdLosses.Of(loss), Iterations = 16, Reference = true };
        float[] StartOf(int image, int run) => Array.ConvertAll(
            AttackReference.Project(norm, [.. Natural(image).Zip(SeededValues.Normal(_images.Shape.Values, 100 * image + run), (x, n) => x + epsilon * n)], Natural(image), epsilon),
            v => (float)v);
        var outcomes = TinyAttacks.Run(new StartedApgd(attack, StartOf), _model, _images);
        using var reference = new AttackReference(_model);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var plain = new PlainApgd(attack, reference, Natural(i), _images.Labels[i]);
            var logits = reference.Evaluate(AttackLoss.CrossEntropy, Natural(i), _images.Labels[i]).Logits;
            var targets = attack.Loss.IsTargeted ? Enumerable.Range(0, logits.Length).Where(c => c != _images.Labels[i]).OrderByDescending(c => logits[c]).ToArray() : [0];
            for (var run = 0; run < targets.Length && plain.Adversarial is null; run++)
                plain.Run(StartOf(i, run), targets[run]);
            Assert.That(outcomes[i].Result.Fooled, Is.EqualTo(plain.Adversarial is not null), $"image {i}");
            Assert.That(outcomes[i].Result.Loss, Is.EqualTo(plain.Loss).Within(1e-4 * (1 + Math.Abs(plain.Loss))), $"image {i}");
            Assert.That(outcomes[i].Image, Is.EqualTo(plain.Adversarial ?? Natural(i)).Within(1e-4), $"image {i}");
        }

        Assert.That(outcomes.Count(o => o.Result.Fooled), Is.InRange(1, outcomes.Length - 1));
        AttackChecks.AssertTrue(attack, outcomes, _model, _images);
    }

    [Test]
    public void StoppingAtTheFirstSuccessFoolsTheSameImagesInFewerPasses([ValueSource(typeof(ApgdLosses), nameof(ApgdLosses.Names))] string loss, [Values] AttackNorm norm)
    {
        const int iterations = 10;
        var attack = new ApgdAttack(norm, norm == AttackNorm.Linf ? Epsilon : EuclideanEpsilon) { Loss = ApgdLosses.Of(loss), Iterations = iterations, Seed = 3 };
        var early = TinyAttacks.Run(attack, _model, _images);
        var whole = TinyAttacks.Run(attack with { Reference = true }, _model, _images);
        var (runs, natural) = attack.Loss.IsTargeted ? (TinyModels.Classes - 1, 1) : (1, 0);
        for (var i = 0; i < early.Length; i++)
        {
            var (a, b) = (early[i].Result, whole[i].Result);
            Assert.That((a.Fooled, a.FirstSuccess), Is.EqualTo((b.Fooled, b.FirstSuccess)), $"image {i}");
            var mostPasses = natural + runs * (iterations + 1);
            Assert.That(a.Forwards, a.Fooled ? Is.EqualTo(a.FirstSuccess + 1) : Is.EqualTo(mostPasses), $"image {i}");
            Assert.That((b.Forwards - natural) % (iterations + 1), Is.Zero, $"image {i}: whole runs");
            Assert.That(b.Backwards * (iterations + 1), Is.EqualTo((b.Forwards - natural) * iterations), $"image {i}: no gradient of the last point");
        }

        AttackChecks.AssertTrue(attack, early, _model, _images);
        AttackChecks.AssertTrue(attack, whole, _model, _images);
    }

    [Test]
    public void StartsLieOnTheBoundary([Values] AttackNorm norm)
    {
        var attack = new ApgdAttack(norm, 0.2f) { Iterations = 0, BestLoss = true };
        var grey = ImageSet.FromFloats("grey", "memory", _images.Shape, [.. Enumerable.Repeat(0.5f, 20 * _images.Shape.Values)], new int[20], _images.ClassNames);
        var outcomes = TinyAttacks.Run(attack, _model, grey);
        var middle = Enumerable.Repeat(0.5f, _images.Shape.Values).ToArray();
        Assert.That(outcomes.Select(o => AttackChecks.Distance(norm, o.Image, middle)), Is.All.EqualTo(0.2).Within(1e-6));
        Assert.That(outcomes.Select(o => o.Image[0]).Distinct().Count(), Is.EqualTo(20));
    }

    [Test]
    public void LaterStartsAreForImagesThatNoEarlierOneFooled()
    {
        var attack = new ApgdAttack(AttackNorm.Linf, Epsilon) { Iterations = 3, Restarts = 3 };
        var (once, often) = (TinyAttacks.Run(attack with { Restarts = 1 }, _model, _images), TinyAttacks.Run(attack, _model, _images));
        for (var i = 0; i < often.Length; i++)
        {
            if (once[i].Result.Fooled)
                Assert.That((often[i].Result, often[i].Image), Is.EqualTo((once[i].Result, once[i].Image)), $"image {i}");
            else
                Assert.That(often[i].Result.Forwards, often[i].Result.Fooled ? Is.InRange(5, 12) : Is.EqualTo(12), $"image {i}");
        }

        Assert.That(once.Count(o => o.Result.Fooled), Is.InRange(1, once.Length - 1));
    }

    [Test]
    public void AveragingPassesOfAModelWithoutRandomnessChangesTheirNumberOnly()
    {
        var attack = new ApgdAttack(AttackNorm.Linf, Epsilon) { Iterations = 6 };
        var (one, two) = (TinyAttacks.Run(attack, _model, _images), TinyAttacks.Run(attack with { Eot = 2 }, _model, _images));
        Assert.That(two.Select(o => o.Image), Is.EqualTo(one.Select(o => o.Image)));
        Assert.That(two.Select(o => (o.Result.Fooled, o.Result.Forwards, o.Result.Backwards)), Is.EqualTo(one.Select(o => (o.Result.Fooled, 2 * o.Result.Forwards, 2 * o.Result.Backwards))));
    }

    [Test]
    public void TheBestLossIsThatOfThePointWhichComesBack()
    {
        var attack = new ApgdAttack(AttackNorm.L2, 0.3f) { Iterations = 6, Restarts = 2, BestLoss = true };
        var outcomes = TinyAttacks.Run(attack, _model, _images);
        using var reference = new AttackReference(_model);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (logits, loss, _) = reference.Evaluate(AttackLoss.CrossEntropy, Array.ConvertAll(outcomes[i].Image, v => (double)v), _images.Labels[i]);
            Assert.That(loss, Is.EqualTo(outcomes[i].Result.Loss), $"image {i}");
            Assert.That(Predictions.ArgMax(logits) != _images.Labels[i], Is.EqualTo(outcomes[i].Result.Fooled), $"image {i}");
            Assert.That(outcomes[i].Result.Forwards, Is.EqualTo(14));
        }

        Assert.That(
            () => TinyAttacks.Run(ApgdAttack.Targeted(AttackNorm.L2, 1) with { BestLoss = true }, _model, _images), Throws.ArgumentException.With.Message.Contains("different targets"));
    }

    [TestCase(2, MarginForm.Dlr, MarginForm.Margin)]
    [TestCase(3, MarginForm.Dlr, MarginForm.Dlr)]
    [TestCase(2, MarginForm.TargetedDlr, MarginForm.Difference)]
    [TestCase(3, MarginForm.TargetedDlr, MarginForm.Difference)]
    [TestCase(4, MarginForm.TargetedDlr, MarginForm.TargetedDlr)]
    public void FewClassesTakeThePlainMarginAndTheTargetsThereAre(int classes, MarginForm asked, MarginForm used)
    {
        var loss = new AttackLoss(asked);
        Assert.That(loss.For(classes).Form, Is.EqualTo(used));
        using var model = new VisionTransformer(_device, TinyModels.Encoder, classes);
        model.Initialise(1);
        var outcomes = TinyAttacks.Run(new ApgdAttack(AttackNorm.Linf, 1e-3f) { Loss = loss, Iterations = 4 }, model, TinyAttacks.Images(model, 4));
        var withstood = outcomes.Where(o => !o.Result.Fooled).ToArray();
        Assert.That(withstood, Is.Not.Empty);
        Assert.That(withstood.Select(o => o.Result.Forwards), Is.All.EqualTo(loss.IsTargeted ? 1 + 5 * (classes - 1) : 5));
    }

    [Test]
    public void StartsWithoutAnyGradientAreCounted()
    {
        using var flat = TinyModels.Classifier(_device);
        foreach (var parameter in flat.Parameters.Parameters)
            parameter.Value.Clear();
        flat.Refresh();
        var zeros = TinyAttacks.Run(ApgdAttack.Dlr(AttackNorm.Linf, Epsilon) with { Iterations = 2, Restarts = 3 }, flat, TinyAttacks.Images(flat, 3));
        Assert.That(zeros.Select(o => o.Result.ZeroGradients), Is.All.EqualTo(3));
        var sound = TinyAttacks.Run(ApgdAttack.Dlr(AttackNorm.Linf, Epsilon) with { Iterations = 2 }, _model, _images);
        Assert.That(sound.Select(o => o.Result.ZeroGradients), Is.All.Zero);
    }

    [Test]
    public void ResultsDependOnNothingButSeedAndImage([ValueSource(typeof(ApgdLosses), nameof(ApgdLosses.Names))] string loss) =>
        AttackChecks.AssertIndependent(new ApgdAttack(AttackNorm.Linf, Epsilon) { Loss = ApgdLosses.Of(loss), Iterations = 5 });

    [Test]
    public void SteadyStepsAllocateNothing([ValueSource(typeof(ApgdLosses), nameof(ApgdLosses.Names))] string loss) =>
        AttackChecks.AssertNoAllocation(new ApgdAttack(AttackNorm.L2, 1e-4f) { Loss = ApgdLosses.Of(loss), Iterations = 1, Restarts = 5 });

    [Test]
    public void AnEmulatedGpuAgrees([Values] AttackNorm norm)
    {
        var attack = ApgdAttack.Targeted(norm, norm == AttackNorm.Linf ? Epsilon : EuclideanEpsilon) with { Iterations = 3, Targets = 2, Reference = true };
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var model = TinyModels.SteepClassifier(emulator);
        AttackChecks.AssertAlike(TinyAttacks.Run(attack, model, _images, [0, 1, 2]), TinyAttacks.Run(attack, _model, _images, [0, 1, 2]), 1e-4);
        Assert.That(emulator.Emulator!.Findings.Diagnostics, Is.Empty);
    }

    private double[] Natural(int image)
    {
        var pixels = new float[_images.Shape.Values];
        _images.CopyImage(image, pixels);
        return Array.ConvertAll(pixels, value => (double)value);
    }
}
