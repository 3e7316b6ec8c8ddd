using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>An attack as people ask for it.</summary>
/// <param name="Name">Its name in lists; in reports it has the <see cref="IAttack.Name"/> that it gives itself.</param>
/// <param name="Knobs">What it reads beside the threat model and the seed.</param>
/// <param name="Passes">Model passes of an image that withstands it, which is the most an image can need; for estimates of time.</param>
/// <param name="Make">Makes it; several where a name stands for variants, which are run one after another.</param>
public sealed record AttackEntry(
    string Name, AttackKnobs Knobs, Func<AttackSettings, int> Passes, Func<AttackSettings, IReadOnlyList<IAttack>> Make)
{
    /// <summary>An attack that stands for itself.</summary>
    public AttackEntry(string name, AttackKnobs knobs, Func<AttackSettings, int> passes, Func<AttackSettings, IAttack> make)
        : this(name, knobs, passes, settings => [make(settings)])
    {
    }

    /// <summary>Fewest classes for which its loss is defined; with fewer it raises the plain margin.</summary>
    public int FewestClasses { get; init; } = 2;

    /// <summary>Whether there is no L2 form of it.</summary>
    public bool IsLinfOnly { get; init; }
}
