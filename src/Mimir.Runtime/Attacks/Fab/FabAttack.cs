namespace Mimir.Runtime.Attacks;

/// <summary>The fast adaptive boundary attack (Croce and Hein 2020, arXiv:1907.02044), which looks for the nearest wrongly classified image: a
/// step moves onto the hyperplane that stands for the boundary to another class, and a point behind the boundary is pulled back towards the
/// image. An image is fooled if the nearest point found lies in the ball; that point is then the result, else the image as it is.
/// <see cref="AttackResult.Distance"/> is the least distance found in any case. With ε = +∞ the result is the nearest point wherever it lies.
/// <para>Passes of an image: an iteration takes one forward and one backward at its point, or one of each for every wrong class where it is
/// untargeted, and one forward at the next point; targets take one forward more. The point of an iteration has a forward pass behind it
/// already only if it was not pulled back, in some 2 of 100 iterations, so that is not used.</para></summary>
/// <param name="Norm">The norm of the distance and of the ball.</param>
/// <param name="Epsilon">ε, the ball's radius in pixel units; +∞ for none.</param>
public sealed record FabAttack(AttackNorm Norm, float Epsilon) : IAttack
{
    /// <summary><see cref="Targets"/> where nothing else is asked for.</summary>
    public const int UsualTargets = 9;

    /// <summary><see cref="Iterations"/> where nothing else is asked for.</summary>
    public const int UsualIterations = 100;

    /// <summary>How many of the likeliest wrong classes are aimed at, one after another, at most all; 0 aims at whichever seems nearest, step
    /// by step.</summary>
    public int Targets { get; init; } = UsualTargets;

    /// <summary>Steps of a run.</summary>
    public int Iterations { get; init; } = UsualIterations;

    /// <summary>Independent runs a target; the first starts at the image, later ones half a radius from it.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>Most weight that a step gives to the projection of the image itself.</summary>
    public float AlphaMax { get; init; } = 0.1f;

    /// <summary>η, how far a step goes for every step onto the hyperplane.</summary>
    public float Overshoot { get; init; } = 1.05f;

    /// <summary>β, what is left of the distance to the image when a point is pulled back.</summary>
    public float PullBack { get; init; } = 0.9f;

    /// <summary>Decides the later starts, together with the target, the run and the image's number.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the run that fools the model goes on to its end, as in the original: the distance falls further. Else an image is done
    /// once it is fooled. Who is fooled is the same.</summary>
    public bool Reference { get; init; }

    /// <summary>Whether all targets and runs are gone through, for the least distance.</summary>
    public bool Exhaustive { get; init; }

    /// <inheritdoc/>
    public string Name => Targets > 0 ? "fab-t" : "fab";

    /// <summary>Distance from the image at which later runs start; without a ball half of the original's usual radius.</summary>
    internal float StartRadius => (float.IsFinite(Epsilon) ? Epsilon : Norm == AttackNorm.Linf ? 0.3f : 1f) / 2;

    /// <inheritdoc/>
    public AttackRun Begin(Victim victim, int slots) => new FabRun(this, victim, slots);
}
