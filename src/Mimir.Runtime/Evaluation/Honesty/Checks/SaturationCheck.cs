namespace Mimir.Runtime.Evaluation;

/// <summary>Whether a margin loss breaks more than cross-entropy at equal cost: a sign that cross-entropy saturates, of which the distance between the two largest
/// logits is the evidence (Croce and Hein 2020, section 4).</summary>
internal sealed class SaturationCheck() : HonestyCheck(12, "cross-entropy against margin")
{
    private const double Allowed = 0.02;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) => [HonestyAttack.Of(bench.Pgd), HonestyAttack.Of(bench.Margin)];

    public override HonestyCost Cost(HonestyBench bench) => new HonestyCost(1, 0) * bench.Right.Length;

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (entropy, margin) = (bench.Accuracy(bench.Pgd), bench.Accuracy(bench.Margin));
        var gap = bench.Logits(bench.Pixels(bench.Right)).Chunk(bench.Session.Model.Classes).Select(Gap).DefaultIfEmpty(0).Average();
        var figures = $"cross-entropy {Percent(entropy)}, {(bench.Session.Model.Classes > 2 ? "DLR" : "margin")} {Percent(margin)} "
            + $"({Points(margin - entropy)}, allowed -2.0); the two largest logits are {gap:0.##} apart on average";
        return entropy - margin > Allowed
            ? Finding(HonestyVerdict.Warn, $"{figures}: cross-entropy saturates; attack with apgd-dlr or pgd-cw")
            : Finding(HonestyVerdict.Pass, figures);
    }

    private static double Gap(float[] logits)
    {
        var sorted = logits.OrderDescending().Take(2).ToArray();
        return (double)sorted[0] - sorted[1];
    }
}
