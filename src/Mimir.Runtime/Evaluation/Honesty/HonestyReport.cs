namespace Mimir.Runtime.Evaluation;

/// <summary>What the checks say of an evaluation.</summary>
/// <param name="Findings">One a check, in order.</param>
/// <param name="Images">Images that the checks looked at.</param>
/// <param name="Attacked">Of these, those that are right as they are.</param>
/// <param name="Passes">Forward passes of single images.</param>
/// <param name="Seconds">How long the checks took.</param>
public sealed record HonestyReport(IReadOnlyList<HonestyFinding> Findings, int Images, int Attacked, long Passes, double Seconds)
{
    /// <summary>Findings that speak against the figure.</summary>
    public IEnumerable<HonestyFinding> Failures => Findings.Where(finding => finding.Verdict == HonestyVerdict.Fail);

    /// <summary>How many findings have a verdict.</summary>
    public int Count(HonestyVerdict verdict) => Findings.Count(finding => finding.Verdict == verdict);

    /// <summary>RobustBench's conditions on a model (arXiv:2010.09670, section 3), each with whether this one keeps it.</summary>
    public IReadOnlyList<(string Condition, bool Kept)> RobustBench =>
    [
        ("gradients are in general not zero", Verdict<GradientCheck>() != HonestyVerdict.Fail),
        ("the forward pass is deterministic", Verdict<NaturalCheck>() != HonestyVerdict.Fail),
        ("no optimisation loop in the forward pass", true), // the models of this tool are Transformers without one
    ];

    private HonestyVerdict Verdict<TCheck>() where TCheck : HonestyCheck =>
        Findings.Single(finding => finding.Number == HonestyChecks.All.OfType<TCheck>().Single().Number).Verdict;
}
