using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;

namespace Mimir.Runtime.Tests.Evaluation;

[TestFixture]
internal sealed class NearestReportTests
{
    [Test]
    public void CountsWhatWasFoundWithinEachRadius()
    {
        var report = NearestReport.Of(Record(isBounded: false, [0.3f, 0.1f, float.PositiveInfinity, 1.5f]))!;
        Assert.That(report.Found, Is.EqualTo(3));
        Assert.That(report.Median, Is.EqualTo(0.9f).Within(1e-6));
        Assert.That(report.Within.Select(within => (within.Radius, within.Images)), Is.EqualTo(new[] { (0.25f, 1), (0.5f, 2), (1f, 2), (2f, 3), (3f, 3) }));
    }

    [Test]
    public void TheMedianIsInfiniteWhereHalfWereNotFound()
    {
        var report = NearestReport.Of(Record(isBounded: false, [0.3f, float.PositiveInfinity]))!;
        Assert.That(report.Median, Is.EqualTo(float.PositiveInfinity));
    }

    [Test]
    public void AnAttackWithABallHasNone() => Assert.That(NearestReport.Of(Record(isBounded: true, [0.3f])), Is.Null);

    private static AttackRecord Record(bool isBounded, float[] distances)
    {
        var record = new AttackRecord("cw", AttackNorm.L2, isBounded, [.. Enumerable.Range(0, distances.Length)]);
        for (var i = 0; i < distances.Length; i++)
            record.Set(i, new AttackResult(float.IsFinite(distances[i]), 0, 1, 1, 1) { Distance = distances[i] }, 0, []);
        record.Finish(new Accuracy(0, distances.Length));
        return record;
    }
}
