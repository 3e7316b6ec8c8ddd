using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class SquareScheduleTests
{
    private static readonly int[] s_lasts = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000, 9999];

    [TestCase(AttackNorm.Linf, 32, new[] { 29, 20, 14, 10, 7, 5, 4, 3, 2, 1 })]
    [TestCase(AttackNorm.L2, 32, new[] { 29, 21, 15, 11, 7, 5, 5, 3, 3, 3 })]
    [TestCase(AttackNorm.Linf, 64, new[] { 57, 40, 29, 20, 14, 10, 7, 5 })]
    [TestCase(AttackNorm.Linf, 224, new[] { 200, 142, 100, 71, 50, 35, 25, 18 })]
    [TestCase(AttackNorm.Linf, 3, new[] { 3, 2, 1, 1 })]
    [TestCase(AttackNorm.L2, 2, new[] { 2, 2 })]
    public void SidesOfWindowsAtTheEndsOfEachLevel(AttackNorm norm, int side, int[] expected)
    {
        var schedule = new SquareSchedule(0.8, 10_000, Rescaled: false);
        for (var level = 0; level < expected.Length; level++)
        {
            var first = level == 0 ? 0 : s_lasts[level - 1] + 1;
            Assert.That(schedule.SideAt(norm, side, first), Is.EqualTo(expected[level]), $"query {first}");
            Assert.That(schedule.SideAt(norm, side, s_lasts[level]), Is.EqualTo(expected[level]), $"query {s_lasts[level]}");
        }
    }

    [TestCase(0, 0.8)]
    [TestCase(10, 0.8)]
    [TestCase(11, 0.4)]
    [TestCase(8000, 0.003125)]
    [TestCase(8001, 0.0015625)]
    public void SharesHalve(int query, double expected) =>
        Assert.That(new SquareSchedule(0.8, 5000, Rescaled: false).ShareAt(query), Is.EqualTo(expected));

    [TestCase(5000, 5, 0.8)] // at 10 of 10,000
    [TestCase(5000, 6, 0.4)] // at 12
    [TestCase(5000, 4001, 0.0015625)] // at 8002
    [TestCase(300, 0, 0.8)]
    [TestCase(300, 1, 0.4)] // at 33
    [TestCase(300, 2, 0.2)] // at 66
    [TestCase(300, 299, 0.0015625)] // at 9966
    [TestCase(100_000, 109, 0.8)] // at 10, rounded down
    [TestCase(100_000, 110, 0.4)]
    public void RescaledShares(int queries, int query, double expected) =>
        Assert.That(new SquareSchedule(0.8, queries, Rescaled: true).ShareAt(query), Is.EqualTo(expected));

    [Test]
    public void HalvesRoundToEven()
    {
        // √(0.25 · side²) = side / 2.
        var schedule = new SquareSchedule(0.25, 5000, Rescaled: false);
        Assert.That(schedule.SideAt(AttackNorm.Linf, 5, 0), Is.EqualTo(2));
        Assert.That(schedule.SideAt(AttackNorm.Linf, 7, 0), Is.EqualTo(4));
        Assert.That(schedule.SideAt(AttackNorm.L2, 13, 0), Is.EqualTo(7), "6.5 to 6, then odd");
    }
}
