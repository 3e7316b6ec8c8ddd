using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Whether more starts or other step lengths would have found more (Carlini et al. 2019, sections 5.2 and 5.4).</summary>
internal sealed class EffortCheck() : HonestyCheck(6, "restarts and step length")
{
    private const int Starts = 10;
    private const double AllowedByStarts = 0.005;
    private const double AllowedBySteps = 0.01;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) =>
        [HonestyAttack.Of(bench.Pgd), HonestyAttack.Of(Many(bench)), .. Sweep(bench).Select(HonestyAttack.Of)];

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (one, many) = (bench.Accuracy(bench.Pgd), bench.Accuracy(Many(bench)));
        var sweep = Sweep(bench).Select(bench.Accuracy).ToArray();
        var spread = sweep.Max() - sweep.Min();
        var figures = $"1 start {Percent(one)}, {Starts} starts {Percent(many)} ({Points(many - one)}, allowed 0.5); "
            + $"steps of eps/10, eps/4, eps/2: {string.Join(", ", sweep.Select(Percent))} (spread {100 * spread:0.0}, allowed 1.0)";
        return one - many > AllowedByStarts ? Finding(HonestyVerdict.Warn, $"{figures}: more --restarts find more")
            : spread > AllowedBySteps ? Finding(HonestyVerdict.Warn, $"{figures}: the step length matters; try --alpha, or auto-PGD, which sets its own")
            : Finding(HonestyVerdict.Pass, figures);
    }

    private static PgdAttack Many(HonestyBench bench) => bench.Pgd with { Restarts = Starts };

    private static IEnumerable<PgdAttack> Sweep(HonestyBench bench)
    {
        var (epsilon, _, steps) = bench.Pgd.Budget;
        return new[] { 10f, 4f, 2f }.Select(parts => bench.PgdWith(epsilon, epsilon / parts, steps));
    }
}
