using Mimir.Runtime.Ablation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Tests.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Ablation;

[TestFixture]
internal sealed class AblationArmTests
{
    private static IEnumerable<(AblationArm, string)> Names => [
        (AblationArm.Scratch, "scratch"),
        (AblationArm.Mae, "mae"),
        (AblationArm.AdvMae, "adv-mae"),
        (AblationArm.Mimir("hsic-cca", 1e-5), "mimir-hsic-cca-1e-05"),
        (AblationArm.Mimir("hsic", 0.01), "mimir-hsic-0.01"),
        (AblationArm.Mimir("renyi", 0.25, balanced: true), "mimir-renyi-balance-0.25"),
    ];

    [TestCaseSource(nameof(Names))]
    public void ANameSaysEverything((AblationArm Arm, string Name) one)
    {
        Assert.That(one.Arm.Name, Is.EqualTo(one.Name));
        Assert.That(AblationArm.Parse(one.Name), Is.EqualTo(one.Arm));
    }

    [TestCase("mimir")]
    [TestCase("mimir-dib-0.1")]
    [TestCase("mimir-hsic-cca")]
    [TestCase("mimir-hsic-cca-0")]
    [TestCase("mimir-hsic-cca-nan")]
    [TestCase("mimir-renyi-balance-")]
    [TestCase("")]
    public void OtherNamesAreRefused(string name) =>
        Assert.That(() => AblationArm.Parse(name), Throws.TypeOf<RecipeException>().With.Message.StartsWith($"--arms '{name}' is unknown"));

    [Test]
    public void ArmsDifferInNothingButThePenalty()
    {
        var shared = TinyRuns.Pretrain with { MiBalance = 0 };
        Assert.Multiple(() =>
        {
            Assert.That(AblationArm.Mae.Pretraining(shared), Is.EqualTo(shared with { Method = PretrainMethod.Mae }));
            Assert.That(AblationArm.AdvMae.Pretraining(shared), Is.EqualTo(shared with { Method = PretrainMethod.AdvMae }));
            Assert.That(
                AblationArm.Mimir("renyi", 0.5).Pretraining(shared), Is.EqualTo(shared with { Method = PretrainMethod.Mimir, Mi = "renyi", MiWeight = 0.5 }));
            Assert.That(
                AblationArm.Mimir("hsic", 0.5, balanced: true).Pretraining(shared),
                Is.EqualTo(shared with { Method = PretrainMethod.Mimir, Mi = "hsic", MiBalance = 0.5 }));
            Assert.That(() => AblationArm.Scratch.Pretraining(shared), Throws.InvalidOperationException);
        });
    }
}
