using Mimir.Runtime.Attacks;

namespace Mimir.Cli.Options;

/// <summary>The size of an attack.</summary>
internal static class AttackOptions
{
    /// <summary>The options.</summary>
    /// <param name="defaults">Named in the help.</param>
    public static SettingGroup<AttackBudget> Group(AttackBudget defaults) => new("Attack", [
        Setting.Length<AttackBudget>(
            "--eps", $"Radius of the L-infinity ball in pixel units of [0, 1]; 8/255, 8 (255ths) and 0.0314 mean the same (default {AttackBudget.Describe(defaults.Epsilon)}).",
            b => b.Epsilon, (b, v) => b with { Epsilon = v }),
        Setting.Length<AttackBudget>(
            "--alpha", $"Length of a step, as --eps (default {AttackBudget.Describe(defaults.Alpha)}).", b => b.Alpha, (b, v) => b with { Alpha = v }),
        Setting.Whole<AttackBudget>("--steps", 1, $"Steps of the attack (default {defaults.Steps}).", b => b.Steps, (b, v) => b with { Steps = v }),
    ]);
}
