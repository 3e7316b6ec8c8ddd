using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Training;

/// <summary>What a pre-training step computes: everything of Algorithm 1 that is not the model or the optimiser.</summary>
public sealed record PretrainObjective
{
    /// <summary>Which of attack and penalty are on.</summary>
    public required PretrainMethod Method { get; init; }

    /// <summary>The attack.</summary>
    public required AttackBudget Budget { get; init; }

    /// <summary>Share of patches hidden.</summary>
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Which mask the attack uses.</summary>
    public AttackMask AttackMask { get; init; }

    /// <summary>What the attacked auto-encoder rebuilds.</summary>
    public AttackTarget AttackTarget { get; init; }

    /// <summary>Weight λ of the penalty.</summary>
    public double MiWeight { get; init; } = 1e-5;

    /// <summary>When positive, λ is set so that the penalty's gradient at the latent has this share of the reconstruction's in norm.</summary>
    public double MiBalance { get; init; }
}
