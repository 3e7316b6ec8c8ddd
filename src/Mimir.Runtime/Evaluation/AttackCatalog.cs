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
        new("fgsm", AttackKnobs.None, _ => 2, s => PgdAttack.Fgsm(s.Eps) with { Norm = s.Norm }),
        new("pgd", AttackKnobs.Alpha | AttackKnobs.Steps | AttackKnobs.Restarts | AttackKnobs.Keep,
            s => (s.Restarts ?? 1) * ((s.Steps ?? PgdSteps) + 1), s => Pgd(s)),
        new("pgd-cw", AttackKnobs.Alpha | AttackKnobs.Steps | AttackKnobs.Restarts,
            s => (s.Restarts ?? 10) * ((s.Steps ?? PgdAttack.CarliniWagnerSteps) + 1), s => CarliniWagner(s)),
        new("fab-t", AttackKnobs.Steps | AttackKnobs.Restarts | AttackKnobs.Targets | AttackKnobs.Reference,
            s => 1 + (s.Targets ?? FabAttack.UsualTargets) * (s.Restarts ?? 1) * 2 * (s.Steps ?? FabAttack.UsualIterations),
            s => Fab(s, s.Targets ?? FabAttack.UsualTargets)),
        new("fab", AttackKnobs.Steps | AttackKnobs.Restarts | AttackKnobs.Reference,
            s => (s.Restarts ?? 1) * 10 * (s.Steps ?? FabAttack.UsualIterations), s => Fab(s, 0)), // 10: of ten classes
        new("square", AttackKnobs.Queries | AttackKnobs.Restarts | AttackKnobs.Reference,
            s => (s.Restarts ?? 1) * ((s.Queries ?? SquareAttack.UsualQueries) + 1), s => Square(s)),
    ];

    /// <summary>The attack of that name; null where there is none.</summary>
    public static AttackEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    private static PgdAttack Pgd(AttackSettings s)
    {
        var steps = s.Steps ?? PgdSteps;
        return new PgdAttack(new LinfBudget(s.Eps, s.StepLength(steps), steps)) { Norm = s.Norm, Keep = s.Keep, Restarts = s.Restarts ?? 1, Seed = s.Seed };
    }

    private static PgdAttack CarliniWagner(AttackSettings s)
    {
        var steps = s.Steps ?? PgdAttack.CarliniWagnerSteps;
        var attack = PgdAttack.CarliniWagner(s.Eps, s.StepLength(steps));
        return attack with { Norm = s.Norm, Budget = attack.Budget with { Steps = steps }, Restarts = s.Restarts ?? attack.Restarts, Seed = s.Seed };
    }

    private static FabAttack Fab(AttackSettings s, int targets) => new(s.Norm, s.Eps)
    {
        Targets = targets, Iterations = s.Steps ?? FabAttack.UsualIterations, Restarts = s.Restarts ?? 1, Reference = s.Reference, Seed = s.Seed,
    };

    private static SquareAttack Square(AttackSettings s) => new(s.Norm, s.Eps)
    {
        Queries = s.Queries ?? SquareAttack.UsualQueries, Restarts = s.Restarts ?? 1, Reference = s.Reference, Seed = s.Seed,
    };
}
