using Mimir.Runtime.Attacks;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class AttackWarmupTests
{
    private static readonly AttackBudget s_full = new(8f / 255, 2f / 255, 10);

    [TestCase(0, 0.0)]
    [TestCase(1, 0.1)]
    [TestCase(9, 0.9)]
    [TestCase(10, 1.0)]
    [TestCase(50, 1.0)]
    public void EpsilonRisesLinearly(int epoch, double share)
    {
        var budget = new AttackWarmup(10, WarmupForm.Linear, 0).At(s_full, epoch);
        Assert.That(budget.Epsilon, Is.EqualTo(share * 8 / 255).Within(1e-8));
        Assert.That((budget.Alpha, budget.Steps), Is.EqualTo((s_full.Alpha, 10)));
    }

    [TestCase(0, 0.0)]
    [TestCase(5, 0.14644661)]
    [TestCase(10, 0.5)]
    [TestCase(15, 0.85355339)]
    [TestCase(20, 1.0)]
    public void EpsilonRisesOnASine(int epoch, double share) =>
        Assert.That(new AttackWarmup(20, WarmupForm.Sine, 0).At(s_full, epoch).Epsilon, Is.EqualTo(share * 8 / 255).Within(1e-8));

    [TestCase(0, 0.0)]
    [TestCase(1, 0.2)]
    [TestCase(4, 0.8)]
    [TestCase(5, 1.0)]
    [TestCase(6, 1.0)]
    public void TheStepRisesAlone(int epoch, double share)
    {
        var budget = new AttackWarmup(0, WarmupForm.Linear, 5).At(s_full, epoch);
        Assert.That(budget.Alpha, Is.EqualTo(share * 2 / 255).Within(1e-8));
        Assert.That(budget.Epsilon, Is.EqualTo(s_full.Epsilon));
    }

    [Test]
    public void WithoutAWarmupNothingChanges() => Assert.That(AttackWarmup.None.At(s_full, 0), Is.EqualTo(s_full));
}
