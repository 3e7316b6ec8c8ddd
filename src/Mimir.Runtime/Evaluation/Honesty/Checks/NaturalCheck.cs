namespace Mimir.Runtime.Evaluation;

/// <summary>The model itself: its accuracy without attack, whether it answers the same twice and with logits, and whether its input is in [0, 1].
/// Thresholds are AutoAttack's. That it is in evaluation form needs no check: drop path exists in training graphs only.</summary>
internal sealed class NaturalCheck() : HonestyCheck(2, "natural accuracy and forward pass")
{
    private const double LargestDifference = 1e-4;
    private const double ProbabilitySlack = 1e-5;

    public override HonestyCost Cost(HonestyBench bench) => new HonestyCost(2, 0) * bench.Chosen.Length;

    public override HonestyFinding Run(HonestyBench bench)
    {
        var pixels = bench.Pixels(bench.Chosen);
        return Judge(
            bench.Session.Results.Natural, bench.Logits(pixels), bench.Logits(pixels), bench.Session.Model.Classes, pixels.Min(), pixels.Max(),
            bench.Session.Results.RobustAccuracy);
    }

    /// <summary>The verdict on two passes over the same images.</summary>
    internal HonestyFinding Judge(Accuracy natural, float[] first, float[] second, int classes, float smallest, float largest, Accuracy robust)
    {
        var difference = first.Zip(second, (a, b) => Math.Abs((double)a - b)).Max();
        var isRandom = first.Chunk(classes).Zip(second.Chunk(classes), Distance).Any(distance => !(distance <= LargestDifference)); // or NaN
        var figures = $"natural {Percent(natural.Share)}, under attack {Percent(robust.Share)}; two passes differ by {difference:0.##e0}; pixels in [{smallest:0.###}, {largest:0.###}]";
        if (isRandom)
            return Finding(HonestyVerdict.Fail, $"{figures}: the model is random, so gradients must be averaged over passes");
        if (first.Chunk(classes).All(IsDistribution))
            return Finding(HonestyVerdict.Fail, $"{figures}: the model answers with probabilities, not logits, which hides gradients");
        if (!(smallest >= 0 && largest <= 1))
            return Finding(HonestyVerdict.Fail, $"{figures}: pixels leave [0, 1], so eps means something else");
        return Finding(difference == 0 ? HonestyVerdict.Pass : HonestyVerdict.Warn, figures);
    }

    // Of logits scaled to length 1.
    private static double Distance(float[] a, float[] b)
    {
        var (lengthA, lengthB) = (Length(a), Length(b));
        return Math.Sqrt(a.Zip(b, (x, y) => Math.Pow(x / lengthA - y / lengthB, 2)).Sum());
    }

    private static double Length(float[] logits) => Math.Sqrt(logits.Sum(logit => (double)logit * logit)) + 1e-10;

    private static bool IsDistribution(float[] logits) =>
        logits.Max() < 1 + ProbabilitySlack && logits.Min() > -ProbabilitySlack && Math.Abs(logits.Sum(logit => (double)logit) - 1) < ProbabilitySlack;
}
