namespace Mimir.Runtime.Evaluation;

/// <summary>Which kinds of attack the headline is the worst case of: with and without a target class, without gradients, and the two that know MIMIR's defence.</summary>
internal sealed class CoverageCheck() : HonestyCheck(13, "attacks that were run")
{
    private static readonly string[] s_targeted = ["apgd-t", "fab-t"];

    public override HonestyFinding Run(HonestyBench bench)
    {
        var names = bench.Session.Plan.Select(planned => planned.Name).ToArray();
        if (names.Length == 0)
            return Finding(HonestyVerdict.NotRun, "no attack was run");
        bool Has(string prefix) => names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));
        var targeted = s_targeted.Any(Has);
        var missing = new List<string>();
        if (!targeted)
            missing.Add("a targeted one (apgd-t, fab-t)");
        if (names.All(name => s_targeted.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))))
            missing.Add("an untargeted one");
        if (!Has("pgd-feature"))
            missing.Add("pgd-feature");
        if (!Has("pgd-mi"))
            missing.Add("pgd-mi");
        var figures = $"per-sample worst case over {string.Join(", ", names)}";
        return missing.Count == 0 ? Finding(HonestyVerdict.Pass, figures) : Finding(HonestyVerdict.Warn, $"{figures}; not run: {string.Join(", ", missing)}");
    }
}
