namespace Mimir.Runtime.Attacks;

/// <summary>The square attack (Andriushchenko et al. 2020, arXiv:1912.00049): random search that looks at logits only. A query changes the
/// pixels of a random square window; the change is kept if the margin z_y − max_{c≠y} z_c falls or is not above 0, and then the image is done.
/// At most <see cref="Queries"/> + 1 forward passes an image and run, none backward. The result is the last run's best image.</summary>
/// <param name="Norm">The norm of the ball.</param>
/// <param name="Epsilon">ε, its radius in pixel units.</param>
public sealed record SquareAttack(AttackNorm Norm, float Epsilon) : IAttack
{
    /// <summary><see cref="Queries"/> where nothing else is asked for.</summary>
    public const int UsualQueries = 5000;

    /// <summary>Most queries of a run behind its start.</summary>
    public int Queries { get; init; } = UsualQueries;

    /// <summary>Share of the pixels in the first windows, in (0, 1].</summary>
    public double Share { get; init; } = 0.8;

    /// <summary>Whether the windows shrink over all of the queries, or as they would in a run of 10,000 (AutoAttack's form).</summary>
    public bool Rescaled { get; init; } = true;

    /// <summary>Independent runs; later ones only for images that no earlier one fooled.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Decides every draw, together with the run, the query and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether all images have the same windows at a query, as a batch has in the original. Else every image draws its own.</summary>
    public bool Reference { get; init; }

    /// <inheritdoc/>
    public string Name => "square";

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new SquareRun(this, victim, slots);
}
