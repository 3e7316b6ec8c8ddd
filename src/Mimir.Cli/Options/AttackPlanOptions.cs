using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>Which attacks an evaluation runs and how hard they try.</summary>
internal static class AttackPlanOptions
{
    private const string Title = "Attack";
    private const string Own = "each attack's own";

    // Options that reach only attacks that read them.
    private static readonly (string Option, AttackKnobs Knob)[] s_knobs =
    [
        ("--alpha", AttackKnobs.Alpha), ("--steps", AttackKnobs.Steps), ("--restarts", AttackKnobs.Restarts), ("--keep", AttackKnobs.Keep),
        ("--targets", AttackKnobs.Targets), ("--queries", AttackKnobs.Queries), ("--reference", AttackKnobs.Reference),
    ];

    /// <summary>The options.</summary>
    public static SettingGroup<EvaluateRecipe> Group(EvaluateRecipe defaults) => new SettingGroup<EvaluateRecipe>(Title, [
        Setting.Text<EvaluateRecipe>(
            "--attack", "LIST", $"Comma separated, run in this order: {string.Join(", ", AttackPlan.Names)}. {AttackPlan.Natural} adds none: natural accuracy is "
                + $"always measured (default {defaults.Attacks}). {ReconstructionOptions.Attack} alone is for a pre-trained auto-encoder.",
            r => r.Attacks, (r, v) => r with { Attacks = v }),
        Setting.Flag<EvaluateRecipe>(
            "--individual", "Gives each attack all images that are right as they are, and not only those that still stand, so that attacks can be compared.",
            r => r.Mode == EvaluationMode.Individual, r => r with { Mode = EvaluationMode.Individual }),
    ]).And(ThreatModel(defaults.Attack).And(Strength(defaults.Attack).Settings).Within<EvaluateRecipe>(r => r.Attack, (r, a) => r with { Attack = a }).Settings);

    /// <summary>The ball.</summary>
    public static SettingGroup<AttackSettings> ThreatModel(AttackSettings defaults) => new(Title, [
        Setting.Choice<AttackSettings, AttackNorm>(
            "--norm", $"How the length of a perturbation is measured; there are no L1 attacks (default {OptionText.Word(defaults.Norm)}).",
            a => a.Norm, (a, v) => a with { Norm = v }),
        new(OptionSyntax.Value(
                "--eps", "LENGTH", "Radius of the ball in pixel units of [0, 1]. In linf 8/255, 8 (255ths) and 0.0314 mean the same; in l2 a number is itself "
                    + $"(default {AttackBudget.Describe(defaults.Eps)} in linf, {AttackSettings.DefaultL2} in l2)."),
            (a, text) => a with { Radius = a.Norm == AttackNorm.L2 ? OptionText.Radius("--eps", text) : OptionText.Length("--eps", text) },
            a => Describe(a.Norm, a.Eps)),
    ]);

    /// <summary>A radius as people write it: in 255ths where that is usual.</summary>
    public static string Describe(AttackNorm norm, float eps) => norm == AttackNorm.Linf ? AttackBudget.Describe(eps) : $"{eps:0.####}";

    private static SettingGroup<AttackSettings> Strength(AttackSettings defaults) => new(Title, [
        Setting.LengthOr<AttackSettings>(
            "--alpha", Own, "Length of a step of pgd, as --eps (default 2/255 in linf, 2.5 eps/steps in l2).", a => a.Alpha, (a, v) => a with { Alpha = v }),
        Setting.WholeOr<AttackSettings>(
            "--steps", 1, Own, $"Steps of attacks that have steps (default {AttackCatalog.PgdSteps} for pgd, {PgdAttack.CarliniWagnerSteps} for pgd-cw, {FabAttack.UsualIterations} for the others).",
            a => a.Steps, (a, v) => a with { Steps = v }),
        Setting.WholeOr<AttackSettings>(
            "--restarts", 1, Own, $"Random starts; later ones for images that no earlier one fooled (default {PgdAttack.CarliniWagnerRestarts} for pgd-cw, else 1).", a => a.Restarts, (a, v) => a with { Restarts = v }),
        Setting.Choice<AttackSettings, PgdKeep>(
            "--keep", "Which iterate of pgd is its result: the first that fools the model, the one with the largest loss, or the last as in published PGD-K figures "
                + $"(default {OptionText.Word(defaults.Keep)}).",
            a => a.Keep, (a, v) => a with { Keep = v }),
        Setting.WholeOr<AttackSettings>(
            "--targets", 1, Own, $"Target classes of apgd-t and fab-t, at most all wrong ones (default {FabAttack.UsualTargets}).", a => a.Targets, (a, v) => a with { Targets = v }),
        Setting.WholeOr<AttackSettings>(
            "--queries", 1, Own, $"Model passes of square (default {SquareAttack.UsualQueries}).", a => a.Queries, (a, v) => a with { Queries = v }),
        Setting.Flag<AttackSettings>(
            "--reference", "Attacks whose original lets the images of a batch depend on each other do so too, and apgd goes on to its last step with images that it has fooled.",
            a => a.Reference, a => a with { Reference = true }),
    ]);

    /// <summary>Refuses options that no attack of the list reads.</summary>
    /// <exception cref="UsageException">One is given.</exception>
    public static void RequireEffect(EvaluateRecipe recipe, SettingGroup<EvaluateRecipe> group, ParseResult parse)
    {
        var plan = recipe.Plan;
        var read = Read(recipe);
        var names = string.Join(", ", plan.Select(attack => attack.Name));
        foreach (var (name, knob) in s_knobs)
        {
            var option = group.Options.Single(option => option.Name == name);
            UsageException.Require(
                read.HasFlag(knob) || !parse.IsGiven(option),
                $"{name} has no effect: {(plan.Count == 0 ? "there is no attack" : $"{names} {(plan.Count == 1 ? "does" : "do")} not read it")}");
        }
    }

    /// <summary>The settings that the attacks of a recipe read.</summary>
    public static SettingGroup<EvaluateRecipe> Used(EvaluateRecipe recipe, SettingGroup<EvaluateRecipe> group)
    {
        var read = Read(recipe);
        return new SettingGroup<EvaluateRecipe>(
            group.Title, [.. group.Settings.Where(setting => s_knobs.All(pair => pair.Option != setting.Option.Name || read.HasFlag(pair.Knob)))]);
    }

    private static AttackKnobs Read(EvaluateRecipe recipe) => recipe.Plan.Aggregate(AttackKnobs.None, (knobs, attack) => knobs | attack.Open);
}
