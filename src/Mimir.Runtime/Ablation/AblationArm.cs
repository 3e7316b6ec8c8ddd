using System.Globalization;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Ablation;

/// <summary>One row of an ablation: a kind of pre-training, or none.</summary>
/// <param name="Method">The kind; null trains from scratch.</param>
/// <param name="Estimator">The penalty's estimator; null without a penalty.</param>
/// <param name="Weight">The penalty's weight λ, or with <paramref name="Balanced"/> the share of the gradient that λ is set for.</param>
/// <param name="Balanced">Whether λ is set anew at every step.</param>
public sealed record AblationArm(PretrainMethod? Method, string? Estimator = null, double Weight = 0, bool Balanced = false)
{
    private const string ScratchName = "scratch";
    private const string MaeName = "mae";
    private const string AdvMaeName = "adv-mae";
    private const string MimirPrefix = "mimir-";
    private const string BalancePrefix = "balance-";

    /// <summary>Adversarial training without pre-training.</summary>
    public static AblationArm Scratch { get; } = new((PretrainMethod?)null);

    /// <summary>Neither attack nor penalty in pre-training.</summary>
    public static AblationArm Mae { get; } = new(PretrainMethod.Mae);

    /// <summary>Attack, no penalty: what the penalty has to beat.</summary>
    public static AblationArm AdvMae { get; } = new(PretrainMethod.AdvMae);

    /// <summary>Attack and penalty.</summary>
    public static AblationArm Mimir(string estimator, double weight, bool balanced = false) =>
        new(PretrainMethod.Mimir, estimator, weight, balanced);

    /// <summary>The row's name and that of its folder, such as <c>adv-mae</c>, <c>mimir-hsic-cca-1e-05</c> or, where λ is balanced,
    /// <c>mimir-renyi-balance-0.01</c>.</summary>
    public string Name => Method switch
    {
        null => ScratchName,
        PretrainMethod.Mae => MaeName,
        PretrainMethod.AdvMae => AdvMaeName,
        _ => string.Create(CultureInfo.InvariantCulture, $"{MimirPrefix}{Estimator}-{(Balanced ? BalancePrefix : "")}{Weight}").ToLowerInvariant(),
    };

    /// <summary>The arm of a name.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public static AblationArm Parse(string name)
    {
        switch (name)
        {
            case ScratchName:
                return Scratch;
            case MaeName:
                return Mae;
            case AdvMaeName:
                return AdvMae;
        }

        foreach (var estimator in Estimators.Names)
        {
            var prefix = $"{MimirPrefix}{estimator}-";
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var weight = name[prefix.Length..];
            var balanced = weight.StartsWith(BalancePrefix, StringComparison.Ordinal);
            if (double.TryParse(balanced ? weight[BalancePrefix.Length..] : weight, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value) && value > 0)
            {
                return Mimir(estimator, value, balanced);
            }
        }

        throw new RecipeException(
            $"--arms '{name}' is unknown; use {ScratchName}, {MaeName}, {AdvMaeName}, {MimirPrefix}ESTIMATOR-WEIGHT such as {MimirPrefix}hsic-cca-1e-05, or "
                + $"{MimirPrefix}ESTIMATOR-{BalancePrefix}SHARE, with a number above 0 and an estimator of {string.Join(", ", Estimators.Names)}");
    }

    /// <summary>The recipe of this arm's pre-training.</summary>
    /// <param name="shared">What all arms share.</param>
    public PretrainRecipe Pretraining(PretrainRecipe shared)
    {
        var recipe = shared with { Method = Method ?? throw new InvalidOperationException($"{Name} has no pre-training") };
        return Estimator is null ? recipe
            : Balanced ? recipe with { Mi = Estimator, MiBalance = Weight }
            : recipe with { Mi = Estimator, MiWeight = Weight };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
