using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class AttackPlanTests
{
    private static readonly AttackSettings s_asked = new() { Steps = 7, Restarts = 3, Targets = 2, Queries = 5, Seed = 9 };

    [Test]
    public void StandardIsThePublishedOrderWithItsOwnParameters()
    {
        var plan = AttackPlan.Of(["autoattack"], s_asked);
        Assert.That(plan.Select(planned => planned.Name), Is.EqualTo(new[] { "apgd-ce", "apgd-t", "fab-t", "square" }));
        Assert.Multiple(() =>
        {
            Assert.That(plan[0].Attack, Is.EqualTo(new ApgdAttack(AttackNorm.Linf, 8f / 255) { Iterations = 100, Restarts = 1, Seed = 9 }));
            Assert.That(plan[1].Attack, Is.EqualTo(ApgdAttack.Targeted(AttackNorm.Linf, 8f / 255) with { Iterations = 100, Targets = 9, Restarts = 1, Seed = 9 }));
            Assert.That(plan[2].Attack, Is.EqualTo(new FabAttack(AttackNorm.Linf, 8f / 255) { Iterations = 100, Targets = 9, Restarts = 1, Seed = 9 }));
            Assert.That(plan[3].Attack, Is.EqualTo(new SquareAttack(AttackNorm.Linf, 8f / 255) { Queries = 5000, Restarts = 1, Rescaled = false, Seed = 9 }));
        });
    }

    [Test]
    public void PlusHasFiveStartsAndRandTwentyPasses()
    {
        var plus = AttackPlan.Of(["autoattack-plus"], s_asked);
        Assert.That(plus.Select(planned => planned.Name), Is.EqualTo(new[] { "apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t" }));
        Assert.That(plus.Select(planned => planned.Settings.Restarts), Is.EqualTo(new int?[] { 5, 5, 5, 1, 1, 1 }));
        var rand = AttackPlan.Of(["autoattack-rand"], s_asked);
        Assert.That(rand.Select(planned => (planned.Name, ((ApgdAttack)planned.Attack).Eot)), Is.EqualTo(new[] { ("apgd-ce", 20), ("apgd-dlr", 20) }));
    }

    [Test]
    public void AVersionIsClosedToSettingsAndItsAttacksAloneAreOpen()
    {
        Assert.That(AttackPlan.Of(["autoattack"], s_asked).Select(planned => planned.Open), Is.All.EqualTo(AttackKnobs.Reference));
        var custom = AttackPlan.Of(["apgd-t", "square"], s_asked);
        Assert.That(((ApgdAttack)custom[0].Attack, custom[0].Open.HasFlag(AttackKnobs.Targets)), Is.EqualTo(
            (ApgdAttack.Targeted(AttackNorm.Linf, 8f / 255) with { Iterations = 7, Restarts = 3, Targets = 2, Seed = 9 }, true)));
        Assert.That(((SquareAttack)custom[1].Attack).Queries, Is.EqualTo(5));
    }

    [Test]
    public void StepsMayStandInTheNameOfPgd()
    {
        var plan = AttackPlan.Of(["natural", "pgd", "pgd-50"], s_asked);
        Assert.That(plan.Select(planned => planned.Name), Is.EqualTo(new[] { "pgd-7", "pgd-50" }));
        Assert.That(plan[1].Open.HasFlag(AttackKnobs.Steps), Is.False);
    }

    [TestCase("square,autoattack", "names square twice")]
    [TestCase("pgd-0", "'pgd-0' is unknown")]
    [TestCase("", "'' is unknown")]
    public void WrongListsAreRefused(string list, string message) =>
        Assert.That(() => AttackPlan.Of(list.Split(','), s_asked), Throws.TypeOf<FormatException>().With.Message.Contains(message));

    [Test]
    public void AnAttackWithoutAnL2FormIsRefusedThere() => Assert.That(
        () => AttackPlan.Of(["pgd-feature"], s_asked with { Norm = AttackNorm.L2 }),
        Throws.TypeOf<FormatException>().With.Message.Contains("is an attack in the L-infinity norm"));

    [Test]
    public void EveryAttackHasANameOfItsOwnAndStaysInItsBall()
    {
        foreach (var norm in Enum.GetValues<AttackNorm>())
        {
            var settings = new AttackSettings { Norm = norm, Eps = 0.25f };
            var entries = AttackCatalog.All.Where(entry => norm == AttackNorm.Linf || !entry.IsLinfOnly).ToArray();
            var plan = AttackPlan.Of(entries.Select(entry => entry.Name), settings);
            Assert.That(plan.Select(planned => planned.Name), Is.Unique);
            Assert.That(plan.Select(planned => planned.Passes), Is.All.Positive);
            foreach (var planned in plan.Where(planned => float.IsFinite(planned.Attack.Epsilon)))
                Assert.That((planned.Attack.Norm, planned.Attack.Epsilon), Is.EqualTo((norm, 0.25f)), planned.Name);
        }
    }
}
