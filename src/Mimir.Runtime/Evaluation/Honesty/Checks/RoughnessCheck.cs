namespace Mimir.Runtime.Evaluation;

/// <summary>How much the loss jumps from point to point of the ball: where noise changes it as much as anything can, gradients say nothing of the
/// neighbourhood (Pintor et al. 2022, "unstable predictions").</summary>
internal sealed class RoughnessCheck() : HonestyCheck(11, "loss under noise")
{
    private const double Rough = 0.5;
    private const double Unusable = 0.9;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) => [new(bench.Noise, new HonestyCost(bench.Noise.Draws, 0))];

    public override HonestyCost Cost(HonestyBench bench) => new HonestyCost(1, 0) * bench.Right.Length;

    public override HonestyFinding Run(HonestyBench bench)
    {
        bench.Fooled(bench.Noise);
        var losses = bench.NaturalLosses();
        var mean = bench.Right.Select((image, position) => bench.Noise.Losses(image).Average(loss => Change(losses[position], loss))).DefaultIfEmpty(0).Average();
        var figures = $"{bench.Noise.Draws} uniform draws an image change the cross-entropy by {mean:0.###} of itself on average (1 is the most that counts)";
        return mean >= Unusable ? Finding(HonestyVerdict.Fail, $"{figures}: the loss is noise, and its gradient with it")
            : mean >= Rough ? Finding(HonestyVerdict.Warn, $"{figures}: the loss is rough; average gradients, or attack without them")
            : Finding(HonestyVerdict.Pass, figures);
    }

    private static double Change(float natural, float noisy) =>
        natural == noisy ? 0 : natural == 0 || !float.IsFinite(noisy) ? 1 : Math.Min(1, Math.Abs((double)noisy - natural) / natural);
}
