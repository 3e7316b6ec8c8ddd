namespace Mimir.Runtime.Attacks;

/// <summary>An attack on a classifier: its settings. <see cref="AttackPass"/> runs it over images, a few at a time on every lane.</summary>
public interface IAttack
{
    /// <summary>As people call it, such as <c>apgd-ce</c>.</summary>
    string Name { get; }

    /// <summary>The norm of its ball.</summary>
    AttackNorm Norm { get; }

    /// <summary>Radius of the ball, in pixel units of [0, 1]; +∞ where it has none.</summary>
    float Epsilon { get; }

    /// <summary>How many images are attacked together because what happens to one depends on the others; 1: none depends on another, and
    /// images are packed as they come.</summary>
    int Group => 1;

    /// <summary>Prepares a lane's part.</summary>
    /// <param name="victim">The lane's view of the model.</param>
    /// <param name="slots">Most images at a time.</param>
    AttackRun Begin(Victim victim, int slots);
}
