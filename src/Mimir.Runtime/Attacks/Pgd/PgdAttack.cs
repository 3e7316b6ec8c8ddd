namespace Mimir.Runtime.Attacks;

/// <summary>Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083) in the L∞ ball, x' ← Π(x' + α·sign ∇loss), from a start that is
/// uniform in the ball.</summary>
/// <param name="Budget">ε, α and the number of steps.</param>
public sealed record PgdAttack(LinfBudget Budget) : IAttack
{
    /// <summary>What it raises.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Which iterate is the result.</summary>
    public PgdKeep Keep { get; init; }

    /// <summary>Independent starts; later ones only for images that no earlier one fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Decides every start, together with the restart and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public string Name => $"pgd-{Budget.Steps}";

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.Linf;

    /// <inheritdoc/>
    public float Epsilon => Budget.Epsilon;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new PgdRun(this, victim, slots);
}
