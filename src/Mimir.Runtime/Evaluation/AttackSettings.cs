using System.Text.Json.Serialization;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>What a person says of attacks: the threat model, and how hard they try. What is left open (null) takes each attack's own
/// default.</summary>
public sealed record AttackSettings
{
    /// <summary>The usual L2 radius for images of CIFAR's size.</summary>
    public const float DefaultL2 = 0.5f;

    /// <summary>How the length of a perturbation is measured.</summary>
    public AttackNorm Norm { get; init; }

    /// <summary>Radius of the ball, in pixel units of [0, 1]; null is the usual one of the norm.</summary>
    public float? Radius { get; init; }

    /// <summary>The radius that holds.</summary>
    [JsonIgnore]
    public float Eps
    {
        get => Radius ?? (Norm == AttackNorm.Linf ? 8f / 255 : DefaultL2);
        init => Radius = value;
    }

    /// <summary>Length of a step, in the same units; null is 2/255 in L∞ and 2.5·ε/K in L2.</summary>
    public float? Alpha { get; init; }

    /// <summary>Iterations.</summary>
    public int? Steps { get; init; }

    /// <summary>Independent starts; later ones only for images that no earlier one fooled.</summary>
    public int? Restarts { get; init; }

    /// <summary>Which iterate of PGD is the result.</summary>
    public PgdKeep Keep { get; init; }

    /// <summary>Whether attacks whose original lets the images of a batch depend on each other do so too.</summary>
    public bool Reference { get; init; }

    /// <summary>Queries of an attack without gradients.</summary>
    public int? Queries { get; init; }

    /// <summary>Target classes an image; clamped to the number of wrong classes.</summary>
    public int? Targets { get; init; }

    /// <summary>Passes whose gradients are averaged, against a model with random outputs.</summary>
    public int? Eot { get; init; }

    /// <summary>Decides every draw of every attack, together with the image's number.</summary>
    public ulong Seed { get; init; }

    /// <summary>The step length that holds for a number of steps.</summary>
    public float StepLength(int steps) => Alpha ?? (Norm == AttackNorm.Linf ? 2f / 255 : 2.5f * Eps / steps);
}
