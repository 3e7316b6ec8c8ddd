namespace Mimir.Runtime.Evaluation;

/// <summary>Whether the attack is at its end: twice the steps must not change accuracy, and the loss must have stopped rising (Carlini et al. 2019, section 5.3;
/// Pintor et al. 2022, "incomplete optimisation").</summary>
internal sealed class ConvergenceCheck() : HonestyCheck(5, "convergence")
{
    private const double Allowed = 0.005;
    private const double AllowedMotion = 0.05;
    private const int LastSteps = 10;

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) =>
        [HonestyAttack.Of(bench.Pgd), HonestyAttack.Of(Doubled(bench)), new(bench.Trace, HonestyAttack.Of(bench.Pgd).Cost)];

    public override HonestyFinding Run(HonestyBench bench)
    {
        var (once, twice) = (bench.Accuracy(bench.Pgd), bench.Accuracy(Doubled(bench)));
        bench.Fooled(bench.Trace);
        return Judge(bench.Pgd.Budget.Steps, once, twice, bench.Trace.Mean(bench.Right));
    }

    /// <summary>The verdict on two accuracies and the mean loss at every iterate.</summary>
    internal HonestyFinding Judge(int steps, double once, double twice, double[] losses)
    {
        var (least, most) = (losses.Min(), losses.Max());
        var tail = losses.TakeLast(LastSteps + 1).ToArray();
        var motion = most > least ? (tail.Max() - tail.Min()) / (most - least) : 0;
        var figures = $"{steps} steps {Percent(once)}, {2 * steps} steps {Percent(twice)} ({Points(twice - once)}, allowed less than 0.5); "
            + $"loss {losses[0]:0.###} to {losses[^1]:0.###}, over the last {tail.Length - 1} steps it moves {motion:0.###} of its range (allowed 0.05)";
        var finding = losses[^1] <= losses[0]
            ? Finding(HonestyVerdict.Fail, $"{figures}: the attack does not raise its loss")
            : Math.Abs(twice - once) >= Allowed ? Finding(HonestyVerdict.Fail, $"{figures}: the attack has not converged; more --steps")
            : motion >= AllowedMotion ? Finding(HonestyVerdict.Warn, $"{figures}: the loss still moves; more --steps")
            : Finding(HonestyVerdict.Pass, figures);
        return finding with { Details = [$"mean loss by step: {string.Join(" ", losses.Select(loss => $"{loss:0.###}"))}"] };
    }

    private static Attacks.PgdAttack Doubled(HonestyBench bench)
    {
        var (epsilon, alpha, steps) = bench.Pgd.Budget;
        return bench.PgdWith(epsilon, alpha, 2 * steps);
    }
}
