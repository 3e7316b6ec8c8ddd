using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class InformationAttackTests
{
    private const int Count = 9;

    private static readonly AttackBudget s_budget = new(8f / 255, 2f / 255, 4);

    [TestCase(1f, 1e-5)]
    [TestCase(1f, -0.3)]
    [TestCase(0f, 1.0)]
    public void TheGradientGoesThroughBothArguments(float crossEntropy, double information)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        using var pools = new LanePools(device, 1);
        using var objective = new InformationObjective(new Victim(model, pools), Count + 3, crossEntropy, information);
        var points = TinyModels.Images(device, model.Encoder, Count);
        var labels = TinyModels.Labels(device, Count);
        var gradient = device.Allocate<float>(points.Length);
        var (logits, losses) = (new float[Count * model.Classes], new float[Count]);
        objective.Evaluate(points, labels, logits, losses, gradient);
        FiniteDifferences.Check(points, gradient, 0.02, () =>
        {
            objective.Evaluate(points, labels, logits, losses, default);
            return losses.Average(loss => (double)loss);
        });
        foreach (var span in new[] { points, gradient })
            span.Buffer.Dispose();
        labels.Buffer.Dispose();
    }

    [Test]
    public void StaysInTheBallAndEveryImageStaysToTheEnd()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        foreach (var attack in InformationAttack.Sweep(s_budget, 3, PgdKeep.FirstSuccess))
        {
            var outcomes = TinyAttacks.Run(attack, model, images);
            TinyAttacks.AssertInBall(outcomes, images, s_budget.Epsilon);
            Assert.That(outcomes, Is.All.Matches<AttackOutcome>(o => o.Result is { Forwards: 5, Backwards: 4 }), attack.Name);
            Assert.That(outcomes, Is.All.Matches<AttackOutcome>(o => o.Result.Fooled == (o.Result.FirstSuccess >= 0)), attack.Name);
        }
    }

    [Test]
    public void AloneRaisesInformationAndWithCrossEntropyBreaksWhatPgdBreaks()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model, 16);
        float Loss(int steps) =>
            TinyAttacks.Run(new InformationAttack(s_budget with { Steps = steps }, 1) { Pure = true }, model, images)[0].Result.Loss;
        Assert.That(Loss(20), Is.GreaterThan(Loss(0)));

        var published = TinyAttacks.Run(new InformationAttack(s_budget), model, images);
        var pgd = TinyAttacks.Run(new PgdAttack(s_budget) { Keep = PgdKeep.Last }, model, images);
        var sweep = InformationAttack.Sweep(s_budget, 0).Select(attack => TinyAttacks.Run(attack, model, images)).ToArray();
        var differing = published.Zip(pgd, (a, b) => a.Image.Zip(b.Image).Count(pair => pair.First != pair.Second)).Sum();
        Assert.That(published.Select(o => o.Result.Fooled), Is.EqualTo(pgd.Select(o => o.Result.Fooled)), "a weight of 1e-5 is almost inert");
        Assert.That(differing, Is.LessThan(0.02 * published.Length * published[0].Image.Length));
        Assert.That(sweep[4].Zip(sweep[5], (a, b) => a.Image.SequenceEqual(b.Image)), Has.None.True, "+1e-1 and -1e-1 go different ways");
    }

    [Test]
    public void GroupsAreConsecutiveAndBitsDoNotDependOnThreads()
    {
        AttackOutcome[]? expected = null;
        var attack = new InformationAttack(s_budget, 0.1) { Group = 6 };
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var images = TinyAttacks.Images(model);
            var outcomes = TinyAttacks.Run(attack, model, images, batch: 1);
            expected ??= outcomes;
            Assert.That(outcomes.Select(o => o.Result), Is.EqualTo(expected.Select(o => o.Result)));
            Assert.That(outcomes.Select(o => o.Image), Is.EqualTo(expected.Select(o => o.Image)));
            var second = TinyAttacks.Run(attack, model, images, [.. Enumerable.Range(6, 6)]);
            Assert.That(second.Select(o => o.Image), Is.EqualTo(expected[6..12].Select(o => o.Image)), "a group of its own");
            var shifted = TinyAttacks.Run(attack, model, images, [.. Enumerable.Range(7, 6)]);
            Assert.That(shifted[0].Image, Is.Not.EqualTo(expected[7].Image), "other neighbours, another result");
        }
    }

    [Test]
    public void RunsOnTheEmulator()
    {
        AttackOutcome[] Run(Device device)
        {
            using var model = TinyModels.SteepClassifier(device);
            return TinyAttacks.Run(new InformationAttack(s_budget with { Steps = 1 }, 0.1) { Group = 2 }, model, TinyAttacks.Images(model, 3));
        }

        using var host = new HostDevice(1);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        foreach (var (here, there) in Run(host).Zip(Run(emulator)))
            Assert.That(there.Result.Loss, Is.EqualTo(here.Result.Loss).Within(1e-3 * Math.Abs(here.Result.Loss) + 1e-4));
    }

    [Test]
    public void NamesSayTheWeightAndAGroupHasTwo()
    {
        Assert.That(
            InformationAttack.Sweep(s_budget with { Steps = 100 }, 0).Select(attack => attack.Name),
            Is.EqualTo(new[]
            {
                "pgd-mi-100(+1e-5)", "pgd-mi-100(-1e-5)", "pgd-mi-100(+1e-3)", "pgd-mi-100(-1e-3)", "pgd-mi-100(+1e-1)", "pgd-mi-100(-1e-1)", "pgd-mi-100(hsic)",
            }));
        Assert.That(() => new InformationAttack(s_budget) { Group = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
