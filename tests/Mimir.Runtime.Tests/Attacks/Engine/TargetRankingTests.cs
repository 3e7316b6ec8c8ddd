using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class TargetRankingTests
{
    [TestCase(4, new[] { 0, 1, 2, 5, 3 })]
    [TestCase(0, new[] { 4, 1, 2, 5 })]
    [TestCase(3, new[] { 4 })]
    public void RanksWrongClassesByTheirLogits(int label, int[] expected)
    {
        var targets = new int[expected.Length];
        TargetRanking.Fill([2f, 1f, 0.5f, -1f, 3f, 0f], label, targets);
        Assert.That(targets, Is.EqualTo(expected));
    }

    [Test]
    public void EqualsGoByTheirNumber()
    {
        var targets = new int[3];
        TargetRanking.Fill([1f, 2f, 1f, 2f], 1, targets);
        Assert.That(targets, Is.EqualTo(new[] { 3, 0, 2 }));
    }
}
