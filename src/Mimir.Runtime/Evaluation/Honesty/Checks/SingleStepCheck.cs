using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Many steps must do at least what one step does (Carlini et al. 2019, section 3.2): otherwise the loss leads the attack astray, or the attack does not
/// work.</summary>
internal sealed class SingleStepCheck() : HonestyCheck(3, "iterative beats single step")
{
    private const double Allowed = 0.005;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) => [HonestyAttack.Of(bench.Pgd), HonestyAttack.Of(OneStep(bench))];

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (many, one) = (bench.Accuracy(bench.Pgd), bench.Accuracy(OneStep(bench)));
        var figures = $"{bench.Pgd.Budget.Steps} steps {Percent(many)}, one step {Percent(one)} ({Points(many - one)}, allowed +0.5)";
        return many <= one + Allowed
            ? Finding(HonestyVerdict.Pass, figures)
            : Finding(HonestyVerdict.Fail, $"{figures}: the iterative attack does not work or gradients mislead it");
    }

    private static PgdAttack OneStep(HonestyBench bench)
    {
        var epsilon = bench.Session.Settings.Eps;
        return bench.PgdWith(epsilon, epsilon, 1) with { RandomStart = false, Keep = PgdKeep.Last };
    }
}
