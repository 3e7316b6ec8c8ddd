using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Options;

/// <summary>The attack on a pre-trained auto-encoder's reconstruction, which is an evaluation of another kind than those of classifiers.</summary>
internal sealed class ReconstructionOptions
{
    /// <summary>What <c>--attack</c> calls it.</summary>
    public const string Attack = "reconstruction";

    private static readonly ReconstructionSettings s_defaults = new();

    // Of the evaluation's options, those that it reads too.
    private static readonly string[] s_shared =
    [
        "--checkpoint", "--data", "--format", "--limit", "--attack", "--eps", "--alpha", "--steps", "--seed", "--device", "--precision", "--checks", "--threads", "--json",
    ];

    private readonly SettingGroup<ReconstructionSettings> _settings = new("Reconstruction", [
        Setting.Choice<ReconstructionSettings, AttackTarget>(
            "--attack-target", $"With --attack {Attack}, on a pre-trained auto-encoder: it rebuilds natural images as in the paper, or the perturbed ones as in the published code "
                + "(default natural).",
            s => s.Target, (s, v) => s with { Target = v }),
        Setting.Choice<ReconstructionSettings, AttackMask>(
            "--attack-mask", "The mask under attack: that of the measurement as in the paper, or a fresh one as in the published code (default shared).",
            s => s.Mask, (s, v) => s with { Mask = v }),
        Setting.Number<ReconstructionSettings>(
            "--mask-ratio", $"Share of patches hidden, between 0 and 1 (default {s_defaults.MaskRatio}).", s => s.MaskRatio, (s, v) => s with { MaskRatio = v }),
    ]);

    /// <summary>The options.</summary>
    public SettingGroup<ReconstructionSettings> Group => _settings;

    /// <summary>Whether it was asked for.</summary>
    /// <exception cref="UsageException">It was not, and one of its options was given.</exception>
    public bool IsAsked(string attacks, ParseResult parse)
    {
        if (attacks == Attack)
            return true;
        foreach (var option in _settings.Options)
            UsageException.Require(!parse.IsGiven(option), $"{option.Name} has no effect without --attack {Attack}");
        return false;
    }

    /// <summary>The attack that the options describe.</summary>
    /// <param name="recipe">What the options of every evaluation say.</param>
    /// <param name="all">All options of the verb.</param>
    /// <param name="parse">The command line.</param>
    /// <exception cref="UsageException">An option has no effect.</exception>
    public ReconstructionSettings Read(EvaluateRecipe recipe, IEnumerable<Option> all, ParseResult parse)
    {
        foreach (var option in all.Where(option => !s_shared.Contains(option.Name) && !_settings.Options.Contains(option)))
            UsageException.Require(!parse.IsGiven(option), $"{option.Name} has no effect with --attack {Attack}");
        var (attack, usual) = (recipe.Attack, s_defaults.Budget);
        return _settings.Apply(
            s_defaults with { Budget = new AttackBudget(attack.Eps, attack.Alpha ?? usual.Alpha, attack.Steps ?? usual.Steps), Seed = attack.Seed }, parse);
    }
}
