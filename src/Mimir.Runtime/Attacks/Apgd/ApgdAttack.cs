using Mimir.Kernels;

namespace Mimir.Runtime.Attacks;

/// <summary>Auto-PGD (Croce and Hein 2020, arXiv:2003.01690): projected gradient ascent with momentum, from a random point of the ball's
/// boundary, whose step begins at 2ε and is halved where the loss stops to rise. With a loss that has targets it goes for one likely wrong
/// class after the other (APGD-T). Success is any wrong class.</summary>
/// <param name="Norm">The norm of its ball.</param>
/// <param name="Epsilon">ε, in pixel units of [0, 1].</param>
public sealed record ApgdAttack(AttackNorm Norm, float Epsilon) : IAttack
{
    /// <summary>What it raises. On a model with too few classes for its ratio, the plain margin instead.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>N, steps of a run.</summary>
    public int Iterations { get; init; } = 100;

    /// <summary>Target classes of an image, by their logits on the natural image; as many as there are wrong classes if that is fewer.</summary>
    public int Targets { get; init; } = 9;

    /// <summary>Independent starts (of each target); later ones only for images that no earlier run fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>e, passes whose gradients are averaged at every point, for models that draw random numbers; loss and prediction are those of the last.</summary>
    public int Eot { get; init; } = 1;

    /// <summary>ρ, the share of the iterations between two checkpoints in which the loss must rise, or the step is halved.</summary>
    public float Rho { get; init; } = 0.75f;

    /// <summary>Returns the point of largest loss over all restarts, whether it fools or not, instead of the first that fools. Not with targets.</summary>
    public bool BestLoss { get; init; }

    /// <summary>Goes on to the last iteration with an image that is fooled, and returns its last wrongly classified point, as the original does.
    /// Else such an image is done. Which images are fooled is the same.</summary>
    public bool Reference { get; init; }

    /// <summary>Decides every start, together with the run and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name => Loss.Form switch
    {
        null when !Loss.IsTargeted => "apgd-ce",
        MarginForm.Dlr => "apgd-dlr",
        MarginForm.TargetedDlr => "apgd-t",
        _ => "apgd",
    };

    /// <summary>APGD-DLR.</summary>
    public static ApgdAttack Dlr(AttackNorm norm, float epsilon) => new(norm, epsilon) { Loss = new AttackLoss(MarginForm.Dlr) };

    /// <summary>APGD-T.</summary>
    public static ApgdAttack Targeted(AttackNorm norm, float epsilon) => new(norm, epsilon) { Loss = new AttackLoss(MarginForm.TargetedDlr) };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The point of largest loss is asked for, and there are targets.</exception>
    public AttackRun Begin(Victim victim, int slots)
    {
        if (BestLoss && Loss.IsTargeted)
            throw new ArgumentException($"{Name}: losses of different targets do not compare, so there is no best of them", nameof(BestLoss));
        return new ApgdRun(this, victim, slots);
    }
}
