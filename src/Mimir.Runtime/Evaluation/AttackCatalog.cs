using Mimir.Kernels;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>All attacks by name. A new attack is its folder in <c>Attacks/</c> and its line here.</summary>
public static class AttackCatalog
{
    /// <summary>Steps of <c>pgd</c> where none are asked for.</summary>
    public const int PgdSteps = 20;

    private const int ApgdIterations = 100;
    private const int UsualClasses = 10; // for estimates of time only
    private const AttackKnobs Ascent = AttackKnobs.Alpha | AttackKnobs.Steps | AttackKnobs.Restarts;
    private const AttackKnobs Fixed = AttackKnobs.Steps | AttackKnobs.Restarts | AttackKnobs.Reference;

    /// <summary>The attacks, in the order of the help.</summary>
    public static IReadOnlyList<AttackEntry> All { get; } =
    [
        new("fgsm", AttackKnobs.None, _ => 2, s => PgdAttack.Fgsm(s.Eps) with { Norm = s.Norm }),
        new("pgd", Ascent | AttackKnobs.Keep, s => Restarts(s) * (Steps(s, PgdSteps) + 1), Pgd),
        new("pgd-cw", Ascent, s => Restarts(s, PgdAttack.CarliniWagnerRestarts) * (Steps(s, PgdAttack.CarliniWagnerSteps) + 1), CarliniWagner),
        new("apgd-ce", Fixed, s => Restarts(s) * (Steps(s, ApgdIterations) + 1), s => Apgd(s, AttackLoss.CrossEntropy)),
        new("apgd-dlr", Fixed, s => Restarts(s) * (Steps(s, ApgdIterations) + 1), s => Apgd(s, new AttackLoss(MarginForm.Dlr))) { FewestClasses = 3 },
        new("apgd-t", Fixed | AttackKnobs.Targets, s => 1 + Restarts(s) * ApgdTargets(s) * (Steps(s, ApgdIterations) + 1), s => Apgd(s, new AttackLoss(MarginForm.TargetedDlr)))
        {
            FewestClasses = 4,
        },
        new("fab", Fixed, s => Restarts(s) * UsualClasses * Steps(s, FabAttack.UsualIterations), s => Fab(s, targets: 0)),
        new("fab-t", Fixed | AttackKnobs.Targets, s => 1 + Restarts(s) * FabTargets(s) * 2 * Steps(s, FabAttack.UsualIterations), s => Fab(s, FabTargets(s))),
        new("square", AttackKnobs.Queries | AttackKnobs.Restarts | AttackKnobs.Reference, s => Restarts(s) * (Queries(s) + 1), Square),
        new("cw-l2", AttackKnobs.Steps | AttackKnobs.Reference, s => Steps(s, CarliniWagnerAttack.UsualSteps), CarliniWagnerL2),
        new("pgd-feature", Ascent | AttackKnobs.Keep, s => Restarts(s) * (Steps(s, FeatureAttack.PublishedSteps) + 1), Feature) { IsLinfOnly = true },
        new("pgd-mi", AttackKnobs.Alpha | AttackKnobs.Steps | AttackKnobs.Keep, s => Steps(s, InformationAttack.PublishedSteps) + 1, Information) { IsLinfOnly = true },
    ];

    /// <summary>The attack of that name; null where there is none.</summary>
    public static AttackEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);

    private static PgdAttack Pgd(AttackSettings s) => new(Budget(s, PgdSteps)) { Norm = s.Norm, Keep = s.Keep, Restarts = Restarts(s), Seed = s.Seed };

    private static PgdAttack CarliniWagner(AttackSettings s)
    {
        var budget = Budget(s, PgdAttack.CarliniWagnerSteps);
        return PgdAttack.CarliniWagner(budget.Epsilon, budget.Alpha) with { Norm = s.Norm, Budget = budget, Restarts = Restarts(s, PgdAttack.CarliniWagnerRestarts), Seed = s.Seed };
    }

    private static ApgdAttack Apgd(AttackSettings s, AttackLoss loss) => new(s.Norm, s.Eps)
    {
        Loss = loss, Iterations = Steps(s, ApgdIterations), Targets = ApgdTargets(s), Restarts = Restarts(s), Eot = s.Eot ?? 1, Reference = s.Reference, Seed = s.Seed,
    };

    private static CarliniWagnerAttack CarliniWagnerL2(AttackSettings s) =>
        new() { Steps = Steps(s, CarliniWagnerAttack.UsualSteps), Reference = s.Reference };

    private static FabAttack Fab(AttackSettings s, int targets) => new(s.Norm, s.Eps)
    {
        Targets = targets, Iterations = Steps(s, FabAttack.UsualIterations), Restarts = Restarts(s), Reference = s.Reference, Seed = s.Seed,
    };

    // Windows shrink as in AutoAttack, whatever the number of queries.
    private static SquareAttack Square(AttackSettings s) => new(s.Norm, s.Eps)
    {
        Queries = Queries(s), Restarts = Restarts(s), Rescaled = false, Reference = s.Reference, Seed = s.Seed,
    };

    private static FeatureAttack Feature(AttackSettings s) =>
        new(Budget(s, FeatureAttack.PublishedSteps)) { Keep = s.Keep, Restarts = Restarts(s), Seed = s.Seed };

    private static IReadOnlyList<IAttack> Information(AttackSettings s) =>
        InformationAttack.Sweep(Budget(s, InformationAttack.PublishedSteps), s.Seed, s.Keep);

    private static int Restarts(AttackSettings s, int usual = 1) => s.Restarts ?? usual;

    private static int Steps(AttackSettings s, int usual) => s.Steps ?? usual;

    private static int ApgdTargets(AttackSettings s) => s.Targets ?? FabAttack.UsualTargets;

    private static int FabTargets(AttackSettings s) => s.Targets ?? FabAttack.UsualTargets;

    private static int Queries(AttackSettings s) => s.Queries ?? SquareAttack.UsualQueries;

    private static AttackBudget Budget(AttackSettings s, int usualSteps) => new(s.Eps, s.StepLength(Steps(s, usualSteps)), Steps(s, usualSteps));
}
