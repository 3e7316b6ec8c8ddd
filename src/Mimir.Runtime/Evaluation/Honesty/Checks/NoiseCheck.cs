namespace Mimir.Runtime.Evaluation;

/// <summary>Random points of the ball, at least 10,000 on at least 100 images, must break fewer images than PGD does (Carlini et al. 2019, section 4.3).</summary>
internal sealed class NoiseCheck() : HonestyCheck(8, "noise is weaker")
{
    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) =>
        [HonestyAttack.Of(bench.Pgd), new(bench.Noise, new HonestyCost(bench.Noise.Draws, 0))];

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (noise, gradient) = (bench.Fooled(bench.Noise).AsSpan().Count(true), bench.Fooled(bench.Pgd).AsSpan().Count(true));
        var figures = $"{bench.Noise.Draws} draws on each of {bench.Right.Length} images break {noise}, PGD {gradient}";
        return noise > gradient ? Finding(HonestyVerdict.Fail, $"{figures}: gradients mislead, or the attack does not work")
            : noise == gradient ? Finding(HonestyVerdict.Warn, $"{figures}: PGD finds no more than noise does")
            : bench.Right.Length < HonestySettings.FewestImages ? Finding(HonestyVerdict.Warn, $"{figures}; {HonestySettings.FewestImages} images are asked for")
            : Finding(HonestyVerdict.Pass, figures);
    }
}
