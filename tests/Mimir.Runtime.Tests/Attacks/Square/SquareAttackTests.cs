using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class SquareAttackTests
{
    private const int Queries = 40;

    [Test]
    public void ResultsDependNeitherOnThreadsNorOnTheBatch([Values] AttackNorm norm, [Values] bool reference) =>
        AttackChecks.AssertIndependent(Attack(norm) with { Reference = reference, Restarts = 2 });

    [Test]
    public void StaysInTheBallAndCountsItsQueries([Values] AttackNorm norm)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var attack = Attack(norm) with { Restarts = 2 };
        var outcomes = TinyAttacks.Run(attack, model, images);
        AttackChecks.AssertTrue(attack, outcomes, model, images);
        Assert.That(outcomes, Has.Some.Matches<AttackOutcome>(o => o.Result.Fooled).And.Some.Matches<AttackOutcome>(o => !o.Result.Fooled));
        foreach (var (result, _) in outcomes)
        {
            Assert.That(result.Backwards, Is.Zero);
            Assert.That(result.Distance, Is.Null);
            if (result.Fooled)
                Assert.That((result.FirstSuccess, result.Loss >= 0), Is.EqualTo((result.Forwards - 1, true)), "done with the first success");
            else
                Assert.That((result.FirstSuccess, result.Forwards), Is.EqualTo((-1, 2 * (Queries + 1))));
        }
    }

    [Test]
    public void MoreQueriesGoOnFromTheSameDraws([Values] AttackNorm norm)
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var few = TinyAttacks.Run(Attack(norm) with { Queries = 3 }, model, images);
        var many = TinyAttacks.Run(Attack(norm), model, images);
        for (var i = 0; i < few.Length; i++)
        {
            Assert.That(many[i].Result.Loss, Is.GreaterThanOrEqualTo(few[i].Result.Loss));
            if (few[i].Result.Fooled)
                Assert.That(many[i].Result, Is.EqualTo(few[i].Result));
        }

        Assert.That(many.Count(o => o.Result.Fooled), Is.GreaterThan(few.Count(o => o.Result.Fooled)));
    }

    [Test]
    public void ADeviceOfKernelsAttacksAlike([Values] AttackNorm norm)
    {
        AttackOutcome[] On(Device device)
        {
            using var model = TinyModels.SteepClassifier(device);
            return TinyAttacks.Run(Attack(norm) with { Queries = 12 }, model, TinyAttacks.Images(model, 3));
        }

        using var host = new HostDevice(1);
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        AttackChecks.AssertAlike(On(emulator), On(host), 1e-5f);
    }

    [Test]
    public void AStepAllocatesNothing([Values] AttackNorm norm) => AttackChecks.AssertNoAllocation(Attack(norm) with { Epsilon = 1e-6f, Queries = 1000 });

    [Test]
    public void RefusesImagesWithoutTiles()
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.Classifier(device, TinyModels.Encoder with { Image = 4 });
        Assert.That(
            () => TinyAttacks.Run(Attack(AttackNorm.L2), model, TinyAttacks.Images(model)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("at least 5 pixels"));
    }

    private static SquareAttack Attack(AttackNorm norm) =>
        new(norm, norm == AttackNorm.Linf ? 0.25f : 2.5f) { Queries = Queries, Rescaled = false, Seed = 5 };
}
