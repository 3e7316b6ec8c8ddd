namespace Mimir.Runtime.Evaluation;

/// <summary>How far the figure can be from that of all images of the kind: its 95 % interval, ±1.96·√(p(1 − p)/n).</summary>
internal sealed class SamplingCheck() : HonestyCheck(15, "sampling error")
{
    public override HonestyFinding Run(HonestyBench bench)
    {
        var (natural, robust) = (bench.Session.Results.Natural, bench.Session.Results.RobustAccuracy);
        return Finding(HonestyVerdict.Pass, $"natural {Describe(natural)}, robust {Describe(robust)}, 95 % intervals of {robust.Images} images");
    }

    private static string Describe(Accuracy accuracy) => $"{100 * accuracy.Share:0.00} +- {100 * accuracy.Interval:0.00} %";
}
