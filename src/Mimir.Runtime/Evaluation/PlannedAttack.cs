using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>An attack that an evaluation will run.</summary>
/// <param name="Entry">What was asked for.</param>
/// <param name="Attack">The attack.</param>
/// <param name="Settings">How hard it tries.</param>
/// <param name="Open">Settings of a person's that reach it: those of an AutoAttack version, and the steps of <c>pgd-K</c>, are fixed.</param>
public sealed record PlannedAttack(AttackEntry Entry, IAttack Attack, AttackSettings Settings, AttackKnobs Open)
{
    /// <summary>As reports call it, such as <c>pgd-20</c>; unique in an evaluation.</summary>
    public string Name => Attack.Name;

    /// <summary>Model passes of an image that withstands it.</summary>
    public int Passes => Entry.Passes(Settings);
}
