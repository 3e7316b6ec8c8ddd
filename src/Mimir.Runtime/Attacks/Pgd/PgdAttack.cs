using Mimir.Kernels;

namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083). In the L∞ ball x' ← Π(x' + α·sign ∇loss), from a start that is
/// uniform in the ball; in the L2 ball x' ← Π(x' + α·∇loss / (‖∇loss‖₂ + 1e-10)), from a start in a uniform direction at a uniform distance up
/// to ε. One step of length ε from the image itself is the fast gradient sign method.</summary>
/// <param name="Budget">ε and α, in the norm's units, and the number of steps.</param>
public sealed record PgdAttack(AttackBudget Budget) : IAttack
{
    /// <summary>Steps of <see cref="CarliniWagner"/>.</summary>
    public const int CarliniWagnerSteps = 50;

    /// <summary>Starts of <see cref="CarliniWagner"/>.</summary>
    public const int CarliniWagnerRestarts = 10;

    /// <summary>What it raises.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Where a loss with a target goes: 1 is the likeliest wrong class of the natural image, 2 the next; beyond the last class it is the last.</summary>
    public int TargetRank { get; init; } = 1;

    /// <summary>Which iterate is the result.</summary>
    public PgdKeep Keep { get; init; }

    /// <summary>Whether it starts at a random point of the ball, else at the image.</summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>Independent random starts; later ones only for images that no earlier one fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Decides every start, together with the restart and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name
    {
        get => field ?? $"pgd-{Budget.Steps}";
        init;
    }

    /// <inheritdoc/>
    public AttackNorm Norm { get; init; }

    /// <inheritdoc/>
    public float Epsilon => Budget.Epsilon;

    /// <summary>The fast gradient sign method (Goodfellow et al. 2015, arXiv:1412.6572): clip(x + ε·sign ∇loss, 0, 1), whether it fools or not.</summary>
    /// <param name="epsilon">ε, in pixel units of [0, 1].</param>
    public static PgdAttack Fgsm(float epsilon) => new(new AttackBudget(epsilon, epsilon, 1)) { Name = "fgsm", RandomStart = false, Keep = PgdKeep.Last };

    /// <summary>PGD on the margin of the logits (Carlini and Wagner 2017, arXiv:1608.04644), which is clamped from below by −10: 50 steps, 10
    /// starts.</summary>
    /// <param name="epsilon">ε, in pixel units of [0, 1].</param>
    /// <param name="alpha">α, in the same units.</param>
    public static PgdAttack CarliniWagner(float epsilon, float alpha) =>
        new(new AttackBudget(epsilon, alpha, CarliniWagnerSteps)) { Name = "pgd-cw", Loss = new AttackLoss(MarginForm.Margin, -10), Restarts = CarliniWagnerRestarts };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are several starts and all would be the image itself.</exception>
    public AttackRun Begin(Victim victim, int slots)
    {
        if (Restarts > 1 && !RandomStart)
            throw new ArgumentException($"{Name}: {Restarts} restarts without a random start would all be the same", nameof(Restarts));
        return new PgdRun(this, victim, slots);
    }
}
