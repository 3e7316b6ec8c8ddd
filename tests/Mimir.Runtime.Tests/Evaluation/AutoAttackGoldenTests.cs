using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Tests.Attacks;

namespace Mimir.Runtime.Tests.Evaluation;

/// <summary>AutoAttack against the public implementation, on the golden model and its 128 images, with few iterations and queries.
/// <c>tests/golden/attacks/make_autoattack.py</c> made the values and says what they are.</summary>
[TestFixture]
internal sealed class AutoAttackGoldenTests
{
    private static readonly string[] s_order = ["apgd-ce", "apgd-t", "fab-t", "square"];

    [Test]
    public void TheSameImagesStand([Values] AttackNorm norm)
    {
        using var golden = GoldenVictim.Open("autoattack");
        using var device = new HostDevice(2);
        var images = GoldenVictim.Images();
        var settings = new AttackSettings
        {
            Norm = norm,
            Eps = golden.Read<float>($"{norm}.radius")[0],
            Steps = (int)golden.Read<long>("short.steps")[0],
            Queries = (int)golden.Read<long>("short.queries")[0],
        };
        using var session = new EvaluationSession(GoldenVictim.Load(device), images, AttackPlan.Of(s_order, settings), settings, EvaluationMode.Survivors, batch: 64);
        session.Run(new Unheard(), default);
        var results = session.Results;

        Assert.That(results.NaturallyRight, Is.EqualTo(Flags(golden, norm, "natural")));
        var interval = (int)Math.Ceiling(results.RobustAccuracy.Interval * images.Count);
        for (var i = 0; i < s_order.Length; i++)
        {
            var theirs = Flags(golden, norm, s_order[i]).Count(stands => stands);
            Assert.That(results.Attacks[i].RobustAfter.Correct, Is.EqualTo(theirs).Within(interval), $"standing after {s_order[i]}");
        }

        var counts = golden.Read<long>($"{norm}.short.robust");
        Assert.That(results.RobustAccuracy.Correct, Is.InRange(counts.Min() - MostApart, counts.Max() + MostApart), "the other side's own seeds");
        var apart = results.Robust.Zip(Flags(golden, norm, s_order[^1])).Count(pair => pair.First != pair.Second);
        Assert.That(apart, Is.AtMost(MostApart), "images on which the two sides disagree");
    }

    // Starts and windows are drawn differently: images at the very edge may fall either way.
    private const int MostApart = 2;

    private static IEnumerable<bool> Flags(SafetensorsFile golden, AttackNorm norm, string attack) =>
        golden.Read<long>($"{norm}.short.{attack}").Select(flag => flag == 1);

    private sealed class Unheard : IEvaluationObserver;
}
