using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>An attack in <c>evaluation.json</c>; lists are in the order of <see cref="Images"/>.</summary>
public sealed record StoredAttack
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether all images are attacked and predicted anew.</summary>
    public required bool Finished { get; init; }

    /// <summary>The norm of <see cref="Distances"/>.</summary>
    public required AttackNorm Norm { get; init; }

    /// <summary>Whether it stays in the threat model's ball.</summary>
    public required bool Bounded { get; init; }

    /// <summary>Seconds spent on it.</summary>
    public required double Seconds { get; init; }

    /// <summary>Images that stand after it.</summary>
    public required int RobustAfter { get; init; }

    /// <summary>Numbers of the attacked images.</summary>
    public required int[] Images { get; init; }

    /// <summary>Whether the attack says that it fooled the model.</summary>
    public required bool[] Fooled { get; init; }

    /// <summary>The class of each x' in an independent pass; −1 before the attack is over.</summary>
    public required int[] Predictions { get; init; }

    /// <summary>Model passes before the first wrongly classified iterate; −1 where there was none.</summary>
    public required int[] FirstSuccess { get; init; }

    /// <summary>The largest loss seen.</summary>
    public required float[] Losses { get; init; }

    /// <summary>Length of each perturbation.</summary>
    public required float[] Distances { get; init; }

    /// <summary>How far the nearest wrongly classified image is that the attack found, in the ball or not; null where it looks for none.</summary>
    public required float?[] Nearest { get; init; }

    /// <summary>Starts without any gradient.</summary>
    public required int[] ZeroGradients { get; init; }

    /// <summary>Forward passes; 0 where the attack has not come to the image.</summary>
    public required int[] Forwards { get; init; }

    /// <summary>Backward passes.</summary>
    public required int[] Backwards { get; init; }
}
