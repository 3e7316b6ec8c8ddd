namespace Mimir.Runtime.Attacks;

/// <summary>The L2 attack of Carlini and Wagner (2017, arXiv:1608.04644, section V) with a constant c and no search for it, as torchattacks has it and
/// MIMIR's published code uses it: Adam lowers ‖x' − x‖² + c·max(z_y − max_{i≠y} z_i, −κ) in w, with x' = ½(tanh w + 1), from x on. The result is
/// the nearest wrongly classified iterate. No ball bounds it: judge it by the median distance and by the success within given distances
/// (<see cref="AttackResult.Distance"/>).
/// <para>An image stops early when its cost has risen since the last look, one every tenth of the steps. In the original all images of a
/// batch stop when the sum of their costs has risen (<see cref="Reference"/>). The original also takes 0 for the best other logit where all of
/// them are negative, since it masks the label's by a multiplication; here other logits are never masked by zeros.</para></summary>
public sealed record CarliniWagnerAttack : IAttack
{
    /// <summary>Looks at the cost that an attack with enough steps takes.</summary>
    internal const int Looks = 10;

    /// <summary><see cref="Steps"/> where nothing else is asked for.</summary>
    public const int UsualSteps = 20;

    /// <summary>Iterates that are evaluated, the image itself first; at least 1.</summary>
    public int Steps { get; init; } = UsualSteps;

    /// <summary>Adam's rate.</summary>
    public float Rate { get; init; } = 0.05f;

    /// <summary>c, the weight of the classification against the squared distance.</summary>
    public float C { get; init; } = 1;

    /// <summary>κ, the margin from which on a wrong classification is good enough.</summary>
    public float Kappa { get; init; }

    /// <summary>Whether images stop together, in batches of <see cref="ReferenceBatch"/> in the order in which they are attacked.</summary>
    public bool Reference { get; init; }

    /// <summary>Images of a batch in the original's evaluation.</summary>
    public int ReferenceBatch { get; init; } = 16;

    /// <inheritdoc/>
    public string Name => "cw-l2";

    /// <inheritdoc/>
    public AttackNorm Norm => AttackNorm.L2;

    /// <inheritdoc/>
    public float Epsilon => float.PositiveInfinity;

    /// <inheritdoc/>
    public int Group => Reference ? ReferenceBatch : 1;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new CarliniWagnerRun(this, victim, slots);
}
