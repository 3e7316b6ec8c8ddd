using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Attacks;

internal sealed class PgdAttackTests
{
    private const float Epsilon = 8f / 255;

    private readonly HostDevice _device = new(2);
    private VisionTransformer _model = null!;
    private ImageSet _images = null!;

    [OneTimeSetUp]
    public void MakeModel()
    {
        _model = TinyModels.SteepClassifier(_device);
        _images = TinyAttacks.Images(_model);
    }

    [OneTimeTearDown]
    public void FreeModel()
    {
        _model.Dispose();
        _device.Dispose();
    }

    [Test]
    public void FgsmIsItsFormula([Values] bool targeted)
    {
        var attack = PgdAttack.Fgsm(Epsilon) with { Loss = targeted ? AttackLoss.TowardsTarget : AttackLoss.CrossEntropy };
        var outcomes = TinyAttacks.Run(attack, _model, _images);
        using var reference = new AttackReference(_model);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (x, label) = (Natural(i), _images.Labels[i]);
            var (logits, _, _) = reference.Evaluate(AttackLoss.CrossEntropy, x, label);
            var second = Enumerable.Range(0, logits.Length).Where(c => c != label).MaxBy(c => logits[c]);
            var (_, loss, gradient) = reference.Evaluate(AttackLoss.CrossEntropy, x, targeted ? second : label);
            var sign = targeted ? -1 : 1;
            var expected = x.Zip(gradient, (value, g) => Math.Clamp(value + sign * Epsilon * Math.Sign(g), 0, 1));
            Assert.That(outcomes[i].Image, Is.EqualTo(expected).Within(1e-7), $"image {i}");
            Assert.That((outcomes[i].Result.Forwards, outcomes[i].Result.Backwards), Is.EqualTo((targeted ? 3 : 2, 1)));
            Assert.That(outcomes[i].Result.Loss, Is.GreaterThanOrEqualTo(sign * loss));
        }

        AttackChecks.AssertTrue(attack, outcomes, _model, _images);
    }

    [TestCase(AttackNorm.Linf, 8f / 255, 2f / 255)]
    [TestCase(AttackNorm.L2, 0.4f, 0.1f)]
    public void FollowsThePlainLoop(AttackNorm norm, float epsilon, float alpha)
    {
        const int steps = 6;
        var attack = new PgdAttack(new AttackBudget(epsilon, alpha, steps)) { Norm = norm, RandomStart = false, Keep = PgdKeep.Last };
        var outcomes = TinyAttacks.Run(attack, _model, _images);
        using var reference = new AttackReference(_model);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (x, label) = (Natural(i), _images.Labels[i]);
            var point = x;
            for (var step = 0; step < steps; step++)
            {
                var direction = AttackReference.Direction(norm, reference.Evaluate(AttackLoss.CrossEntropy, point, label).Gradient);
                point = AttackReference.Project(norm, [.. point.Zip(direction, (p, d) => p + alpha * d)], x, epsilon);
            }

            Assert.That(outcomes[i].Image, Is.EqualTo(point).Within(1e-5), $"image {i}");
            Assert.That((outcomes[i].Result.Forwards, outcomes[i].Result.Backwards), Is.EqualTo((steps + 1, steps)));
        }

        AttackChecks.AssertTrue(attack, outcomes, _model, _images);
    }

    [Test]
    public void StartsAreRandomInTheBallAndEachItsOwn([Values] AttackNorm norm)
    {
        const float epsilon = 0.2f;
        var attack = new PgdAttack(new AttackBudget(epsilon, 0, 0)) { Norm = norm, Keep = PgdKeep.Last, Seed = 4 };
        var grey = ImageSet.FromFloats(
            "grey", "memory", _images.Shape, [.. Enumerable.Repeat(0.5f, 200 * _images.Shape.Values)], new int[200], _images.ClassNames);
        var outcomes = TinyAttacks.Run(attack, _model, grey);
        var lengths = outcomes.Select(o => AttackChecks.Distance(norm, o.Image, Enumerable.Repeat(0.5f, o.Image.Length).ToArray()) / epsilon).ToArray();
        Assert.That(lengths, Is.All.LessThanOrEqualTo(1 + 1e-6));
        if (norm == AttackNorm.L2)
            Assert.That(lengths.Average(), Is.EqualTo(0.5).Within(0.08), "uniform from 0 to epsilon: within four deviations of the mean of 200");
        else
            Assert.That(outcomes.SelectMany(o => o.Image).Average(), Is.EqualTo(0.5).Within(0.0025), "uniform: within four deviations of the mean of 38,400");
        Assert.That(outcomes.Select(o => o.Image[0]).Distinct().Count(), Is.GreaterThan(190));
        var again = TinyAttacks.Run(attack with { Seed = 5 }, _model, grey, [0]);
        Assert.That(again[0].Image, Is.Not.EqualTo(outcomes[0].Image));
    }

    [Test]
    public void LaterStartsAreForImagesThatNoEarlierOneFooled([Values] PgdKeep keep)
    {
        const int steps = 3;
        var attack = new PgdAttack(new AttackBudget(Epsilon, 4f / 255, steps)) { Keep = keep, Restarts = 4 };
        var once = TinyAttacks.Run(attack with { Restarts = 1 }, _model, _images);
        var often = TinyAttacks.Run(attack, _model, _images);
        for (var i = 0; i < often.Length; i++)
        {
            if (once[i].Result.Fooled)
                Assert.That(often[i], Is.EqualTo(once[i]).Using<AttackOutcome>((a, b) => a.Result == b.Result && a.Image.SequenceEqual(b.Image)), $"image {i}");
            else if (!often[i].Result.Fooled)
                Assert.That(often[i].Result.Forwards, Is.EqualTo(4 * (steps + 1)), $"image {i}");
            else
                Assert.That(often[i].Result.Forwards, Is.GreaterThan(steps + 1), $"image {i}");
        }

        Assert.That(once.Count(o => o.Result.Fooled), Is.InRange(1, once.Length - 1), "some are fooled at once, some not");
        Assert.That(often.Count(o => o.Result.Fooled), Is.GreaterThanOrEqualTo(once.Count(o => o.Result.Fooled)));
        AttackChecks.AssertTrue(attack, often, _model, _images);
    }

    [Test]
    public void WhatIsKeptDecidesWhichIterateComesBack()
    {
        var attack = new PgdAttack(new AttackBudget(Epsilon, 2 * Epsilon, 5));
        AttackOutcome[] Run(PgdKeep keep) => TinyAttacks.Run(attack with { Keep = keep }, _model, _images);
        var (first, best, last) = (Run(PgdKeep.FirstSuccess), Run(PgdKeep.BestLoss), Run(PgdKeep.Last));
        using var reference = new AttackReference(_model);
        for (var i = 0; i < first.Length; i++)
        {
            Assert.That(first[i].Result.Fooled, Is.EqualTo(best[i].Result.Fooled), $"image {i}");
            Assert.That(first[i].Result.Fooled, Is.EqualTo(last[i].Result.FirstSuccess >= 0), $"image {i}");
            if (first[i].Result.Fooled)
                Assert.That(first[i].Result.Forwards, Is.EqualTo(first[i].Result.FirstSuccess + 1), $"image {i}");
            Assert.That(LossOf(best[i], i), Is.GreaterThanOrEqualTo(LossOf(last[i], i)), $"image {i}");
        }

        float LossOf(AttackOutcome outcome, int i) =>
            reference.Evaluate(AttackLoss.CrossEntropy, Array.ConvertAll(outcome.Image, v => (double)v), _images.Labels[i]).Loss;
    }

    [Test]
    public void CarliniWagnerRaisesTheClampedMarginFromTenStarts()
    {
        var attack = PgdAttack.CarliniWagner(Epsilon, 2f / 255);
        Assert.That((attack.Name, attack.Budget.Steps, attack.Restarts, attack.Loss), Is.EqualTo(("pgd-cw", 50, 10, new AttackLoss(MarginForm.Margin, -10))));
        attack = attack with { Budget = attack.Budget with { Steps = 5 } };
        var outcomes = TinyAttacks.Run(attack, _model, _images);
        Assert.That(outcomes.Count(o => o.Result.Fooled), Is.InRange(1, outcomes.Length - 1));
        Assert.That(outcomes.Where(o => !o.Result.Fooled).Select(o => o.Result.Forwards), Is.All.EqualTo(60));
        Assert.That(outcomes.Where(o => o.Result.Fooled).Select(o => o.Result.Loss), Is.All.GreaterThan(0), "a margin is positive where the model is wrong");
        Assert.That(outcomes.Select(o => o.Result.Loss), Is.All.GreaterThanOrEqualTo(-10));
        AttackChecks.AssertTrue(attack, outcomes, _model, _images);
    }

    [Test]
    public void ResultsDependOnNothingButSeedAndImage([Values] AttackNorm norm) =>
        AttackChecks.AssertIndependent(new PgdAttack(norm == AttackNorm.Linf ? new AttackBudget(Epsilon, 2f / 255, 4) : new AttackBudget(0.4f, 0.1f, 4)) { Norm = norm, Restarts = 2 });

    [Test]
    public void SteadyStepsAllocateNothing([Values] bool targeted) => AttackChecks.AssertNoAllocation(
        new PgdAttack(new AttackBudget(0, 0, 20)) { Norm = AttackNorm.L2, Loss = targeted ? AttackLoss.TowardsTarget : AttackLoss.CrossEntropy });

    [Test]
    public void AnEmulatedGpuAgrees([Values] AttackNorm norm)
    {
        var attack = new PgdAttack(new AttackBudget(0.1f, 0.03f, 3)) { Norm = norm, Loss = AttackLoss.TowardsTarget, Keep = PgdKeep.Last, Restarts = 2 };
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var model = TinyModels.SteepClassifier(emulator);
        var expected = TinyAttacks.Run(attack, _model, _images, [0, 1, 2]);
        AttackChecks.AssertAlike(TinyAttacks.Run(attack, model, _images, [0, 1, 2]), expected, 1e-4);
        Assert.That(emulator.Emulator!.Findings.Diagnostics, Is.Empty);
    }

    [Test]
    public void RefusesRestartsThatWouldAllBeTheSame() => Assert.That(
        () => TinyAttacks.Run(PgdAttack.Fgsm(Epsilon) with { Restarts = 2 }, _model, _images),
        Throws.ArgumentException.With.Message.Contains("2 restarts without a random start"));

    private double[] Natural(int image)
    {
        var pixels = new float[_images.Shape.Values];
        _images.CopyImage(image, pixels);
        return Array.ConvertAll(pixels, value => (double)value);
    }
}
