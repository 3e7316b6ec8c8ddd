using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>AutoAttack's versions, in L∞ and L2.</summary>
public static class AutoAttack
{
    private const int UsualIterations = 100;
    private const int PlusRestarts = 5;
    private const int RandEot = 20;

    /// <summary>All versions.</summary>
    public static IReadOnlyList<AutoAttackVersion> Versions { get; } =
    [
        new("autoattack", settings => [.. Once("apgd-ce", settings), .. Once("apgd-t", settings), .. Once("fab-t", settings), .. Once("square", settings)]),
        new("autoattack-plus", settings =>
        [
            .. Often("apgd-ce", settings), .. Often("apgd-dlr", settings), .. Often("fab", settings), .. Once("square", settings), .. Once("apgd-t", settings),
            .. Once("fab-t", settings),
        ]),
        new("autoattack-rand", settings => [.. Averaged("apgd-ce", settings), .. Averaged("apgd-dlr", settings)]),
    ];

    /// <summary>The version of that name; null where there is none.</summary>
    public static AutoAttackVersion? Find(string name) => Versions.FirstOrDefault(version => version.Name == name);

    private static IEnumerable<PlannedAttack> Once(string name, AttackSettings settings) => Fixed(name, settings, restarts: 1, eot: 1);

    private static IEnumerable<PlannedAttack> Often(string name, AttackSettings settings) => Fixed(name, settings, PlusRestarts, eot: 1);

    // Against a model with random outputs; gradients of 20 passes are averaged.
    private static IEnumerable<PlannedAttack> Averaged(string name, AttackSettings settings) => Fixed(name, settings, restarts: 1, RandEot);

    private static IEnumerable<PlannedAttack> Fixed(string name, AttackSettings settings, int restarts, int eot)
    {
        var entry = AttackCatalog.Find(name)!;
        var own = settings with
        {
            Steps = UsualIterations,
            Restarts = restarts,
            Targets = FabAttack.UsualTargets,
            Queries = SquareAttack.UsualQueries,
            Eot = eot,
        };
        return AttackPlan.Planned(entry, own, entry.Knobs & AttackKnobs.Reference);
    }
}
