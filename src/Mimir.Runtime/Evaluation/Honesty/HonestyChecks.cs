namespace Mimir.Runtime.Evaluation;

/// <summary>The checks, in the order of the report. What each rests on: Carlini et al. 2019, "On evaluating adversarial robustness" (arXiv:1902.06705); the flags of
/// AutoAttack (Croce and Hein 2020, arXiv:2003.01690); RobustBench's rules (Croce et al. 2021, arXiv:2010.09670); Pintor et al. 2022, "Indicators of attack
/// failure" (arXiv:2106.09947).</summary>
internal static class HonestyChecks
{
    /// <summary>All.</summary>
    public static IReadOnlyList<HonestyCheck> All { get; } =
    [
        new ThreatModelCheck(), new NaturalCheck(), new SingleStepCheck(), new RadiusCheck(), new ConvergenceCheck(), new EffortCheck(), new BlackBoxCheck(),
        new NoiseCheck(), new GradientCheck(), new SilentSuccessCheck(), new RoughnessCheck(), new SaturationCheck(), new CoverageCheck(), new AuditCheck(),
        new SamplingCheck(),
    ];
}
