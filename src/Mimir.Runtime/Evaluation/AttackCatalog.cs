using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>All attacks by name. A new attack is its folder in <c>Attacks/</c> and its line here.</summary>
public static class AttackCatalog
{
    /// <summary>Steps of <c>pgd</c> where none are asked for.</summary>
    internal const int PgdSteps = 20;

    /// <summary>The attacks, in the order of the help.</summary>
    public static IReadOnlyList<AttackEntry> All { get; } =
    [
        new("pgd", AttackKnobs.Alpha | AttackKnobs.Steps | AttackKnobs.Restarts | AttackKnobs.Keep,
            s => (s.Restarts ?? 1) * ((s.Steps ?? PgdSteps) + 1), s => Pgd(s)),
    ];

    /// <summary>The attack of that name; null where there is none.</summary>
    public static AttackEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    private static PgdAttack Pgd(AttackSettings s)
    {
        var steps = s.Steps ?? PgdSteps;
        return new PgdAttack(new LinfBudget(s.Eps, s.StepLength(steps), steps)) { Keep = s.Keep, Restarts = s.Restarts ?? 1, Seed = s.Seed };
    }
}
