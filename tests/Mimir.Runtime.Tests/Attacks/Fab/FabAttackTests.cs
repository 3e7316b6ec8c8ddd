using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class FabAttackTests
{
    private const int Iterations = 12;

    [Test]
    public void ResultsDependNeitherOnThreadsNorOnTheBatch([Values] AttackNorm norm, [Values(0, 9)] int targets) =>
        AttackChecks.AssertIndependent(Attack(norm) with { Targets = targets, Restarts = 2, Iterations = 3 });

    [Test]
    public void FoolsOnlyInTheBallAndCountsItsPasses([Values] AttackNorm norm, [Values(0, 2, 9)] int targets)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var attack = Attack(norm) with { Targets = targets, Restarts = 2 };
        var outcomes = TinyAttacks.Run(attack, model, images);
        AttackChecks.AssertTrue(attack, outcomes, model, images);
        Assert.That(outcomes, Has.Some.Matches<AttackOutcome>(o => o.Result.Fooled).And.Some.Matches<AttackOutcome>(o => !o.Result.Fooled));
        var wrong = TinyModels.Classes - 1;
        var (runs, boundaries, ranking) = targets == 0 ? (2, wrong, 0) : (2 * Math.Min(targets, wrong), 1, 1);
        var natural = new float[images.Shape.Values];
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (result, image) = outcomes[i];
            images.CopyImage(i, natural);
            var distance = AttackChecks.Distance(norm, image, natural);
            if (result.Fooled)
            {
                Assert.That(distance, Is.EqualTo(result.Distance!.Value).Within(1e-6).And.LessThanOrEqualTo(attack.Epsilon + 1e-6));
                Assert.That(result.FirstSuccess, Is.EqualTo(result.Forwards - 1), "done with the first success");
            }
            else
            {
                Assert.That(image, Is.EqualTo(natural));
                Assert.That((result.FirstSuccess, result.Distance > attack.Epsilon), Is.EqualTo((-1, true)));
                Assert.That(result.Forwards, Is.EqualTo(runs * Iterations * (boundaries + 1) + ranking));
                Assert.That(result.Backwards, Is.EqualTo(runs * Iterations * boundaries));
            }
        }
    }

    [Test]
    public void GoingOnBringsNearerPointsOfTheSameImages([Values] AttackNorm norm)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var early = TinyAttacks.Run(Attack(norm), model, images);
        var whole = TinyAttacks.Run(Attack(norm) with { Reference = true }, model, images);
        var all = TinyAttacks.Run(Attack(norm) with { Exhaustive = true }, model, images);
        var free = TinyAttacks.Run(Attack(norm) with { Exhaustive = true, Epsilon = float.PositiveInfinity }, model, images);
        AttackChecks.AssertTrue(Attack(norm), all, model, images);
        for (var i = 0; i < early.Length; i++)
        {
            Assert.That(whole[i].Result.Fooled, Is.EqualTo(early[i].Result.Fooled));
            Assert.That(all[i].Result.Fooled, Is.EqualTo(early[i].Result.Fooled));
            Assert.That(whole[i].Result.Distance, Is.LessThanOrEqualTo(early[i].Result.Distance!.Value));
            Assert.That(all[i].Result.Distance, Is.LessThanOrEqualTo(whole[i].Result.Distance!.Value));
            Assert.That(free[i].Result.Distance, Is.EqualTo(all[i].Result.Distance));
            if (all[i].Result.Fooled)
                Assert.That(free[i].Image, Is.EqualTo(all[i].Image));
        }

        Assert.That(whole.Zip(early, (a, b) => a.Result.Distance < b.Result.Distance), Has.Some.True);
        Assert.That(free.Count(o => o.Result.Fooled), Is.EqualTo(free.Count(o => float.IsFinite(o.Result.Distance!.Value))));
    }

    [Test]
    public void ADeviceOfKernelsAttacksAlike([Values] AttackNorm norm, [Values(0, 1)] int targets)
    {
        AttackOutcome[] On(Device device)
        {
            using var model = TinyModels.SteepClassifier(device);
            return TinyAttacks.Run(Attack(norm) with { Targets = targets, Restarts = 2, Iterations = 2 }, model, TinyAttacks.Images(model, 3));
        }

        using var host = new HostDevice(1);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        AttackChecks.AssertAlike(On(emulator), On(host), 1e-5f);
    }

    [Test]
    public void AStepAllocatesNothing([Values] AttackNorm norm, [Values(0, 9)] int targets) =>
        AttackChecks.AssertNoAllocation(Attack(norm) with { Targets = targets, Epsilon = 1e-6f, Iterations = 1000 });

    private static FabAttack Attack(AttackNorm norm) =>
        new(norm, norm == AttackNorm.Linf ? 0.08f : 0.8f) { Iterations = Iterations, Seed = 5 };
}
