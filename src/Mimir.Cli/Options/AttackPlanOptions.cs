using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>Which attacks an evaluation runs and how hard they try.</summary>
internal static class AttackPlanOptions
{
    private const string Own = "each attack's own";

    // What reaches only attacks that read it.
    private static readonly (string Option, AttackKnobs Knob)[] s_knobs =
    [
        ("--alpha", AttackKnobs.Alpha), ("--steps", AttackKnobs.Steps), ("--restarts", AttackKnobs.Restarts), ("--keep", AttackKnobs.Keep),
    ];

    /// <summary>The options.</summary>
    public static SettingGroup<EvaluateRecipe> Group(EvaluateRecipe defaults) => new SettingGroup<EvaluateRecipe>("Attack", [
        Setting.Text<EvaluateRecipe>(
            "--attack", "LIST", $"Comma separated, run in this order: {string.Join(", ", AttackPlan.Names)}. {AttackPlan.Natural} adds none: natural accuracy is "
                + $"always measured (default {defaults.Attacks}).",
            r => r.Attacks, (r, v) => r with { Attacks = v }),
    ]).And(Strength(defaults.Attack).Within<EvaluateRecipe>(r => r.Attack, (r, a) => r with { Attack = a }).Settings);

    private static SettingGroup<AttackSettings> Strength(AttackSettings defaults) => new("Attack", [
        Setting.Length<AttackSettings>(
            "--eps", $"Radius of the ball in pixel units of [0, 1]; 8/255, 8 (255ths) and 0.0314 mean the same (default {LinfBudget.Describe(defaults.Eps)}).",
            a => a.Eps, (a, v) => a with { Eps = v }),
        Setting.LengthOr<AttackSettings>(
            "--alpha", "2/255", "Length of a step of pgd, as --eps (default 2/255).", a => a.Alpha, (a, v) => a with { Alpha = v }),
        Setting.WholeOr<AttackSettings>("--steps", 1, Own, "Steps of attacks that have steps (default 20 for pgd).", a => a.Steps, (a, v) => a with { Steps = v }),
        Setting.WholeOr<AttackSettings>(
            "--restarts", 1, Own, "Random starts; later ones for images that no earlier one fooled (default 1).", a => a.Restarts, (a, v) => a with { Restarts = v }),
        Setting.Choice<AttackSettings, PgdKeep>(
            "--keep", "Which iterate of pgd is its result: the first that fools the model, the one with the largest loss, or the last as in published PGD-K figures "
                + $"(default {OptionText.Word(defaults.Keep)}).",
            a => a.Keep, (a, v) => a with { Keep = v }),
    ]);

    /// <summary>Refuses options that no attack of the list reads.</summary>
    /// <exception cref="UsageException">One is given.</exception>
    public static void RequireEffect(EvaluateRecipe recipe, SettingGroup<EvaluateRecipe> group, ParseResult parse)
    {
        var plan = recipe.Plan;
        var read = plan.Aggregate(AttackKnobs.None, (knobs, attack) => knobs | attack.Open);
        foreach (var (name, knob) in s_knobs)
        {
            var option = group.Options.Single(option => option.Name == name);
            UsageException.Require(
                read.HasFlag(knob) || !parse.IsGiven(option),
                $"{name} has no effect: {(plan.Count == 0 ? "there is no attack" : $"{string.Join(", ", plan.Select(attack => attack.Name))} {(plan.Count == 1 ? "does" : "do")} not read it")}");
        }
    }

    /// <summary>The settings that the attacks of a recipe read.</summary>
    public static SettingGroup<EvaluateRecipe> Used(EvaluateRecipe recipe, SettingGroup<EvaluateRecipe> group)
    {
        var read = recipe.Plan.Aggregate(AttackKnobs.None, (knobs, attack) => knobs | attack.Open);
        return group with { Settings = [.. group.Settings.Where(setting => s_knobs.All(pair => pair.Option != setting.Option.Name || read.HasFlag(pair.Knob)))] };
    }
}
