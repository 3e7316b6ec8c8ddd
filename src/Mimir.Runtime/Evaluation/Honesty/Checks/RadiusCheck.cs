using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>Accuracy over the radius: as it is at 0, never rising, and at most chance where any image can be made grey (Carlini et al. 2019, section 4.2).</summary>
internal sealed class RadiusCheck() : HonestyCheck(4, "accuracy over the radius")
{
    private const double Allowed = 0.01;
    private const float Grey = 0.5f;

    private static readonly float[] s_factors = [0, 0.25f, 0.5f, 1, 2, 4, 8];

    public override IEnumerable<HonestyAttack> Attacks(HonestyBench bench) => Curve(bench).Select(HonestyAttack.Of);

    public override HonestyFinding Run(HonestyBench bench)
    {
        var curve = Curve(bench).Select(attack => (attack.Epsilon, Accuracy: bench.Accuracy(attack))).ToArray();
        var text = string.Join("  ", curve.Select(point => $"{AttackBudget.Describe(point.Epsilon)}: {Percent(point.Accuracy)}"));
        var chance = 1.0 / bench.Session.Model.Classes;
        if (curve[0].Accuracy != bench.Natural)
            return Finding(HonestyVerdict.Fail, $"{text}: at radius 0 the accuracy is not the natural one");
        for (var i = 1; i < curve.Length; i++)
        {
            if (curve[i].Accuracy > curve[i - 1].Accuracy + Allowed)
                return Finding(HonestyVerdict.Fail, $"{text}: accuracy rises with the radius, a sign of masked gradients");
        }

        return curve[^1].Accuracy <= chance
            ? Finding(HonestyVerdict.Pass, text)
            : Finding(HonestyVerdict.Fail, $"{text}: above chance ({Percent(chance)}) where any image can be made grey, a sign of masked gradients");
    }

    // Steps keep their length relative to the radius. The last ball reaches from every image to the grey one.
    private static IEnumerable<PgdAttack> Curve(HonestyBench bench)
    {
        var (epsilon, alpha, steps) = bench.Pgd.Budget;
        var most = bench.Session.Settings.Norm == AttackNorm.Linf ? Grey : Grey * MathF.Sqrt(bench.Session.Images.Shape.Values);
        return s_factors.Select(factor => factor * epsilon).Where(radius => radius < most).Append(most)
            .Select(radius => radius == epsilon ? bench.Pgd : bench.PgdWith(radius, epsilon > 0 ? alpha * (radius / epsilon) : 0, radius > 0 ? steps : 1));
    }
}
