namespace Mimir.Runtime.Evaluation;

/// <summary>A version of AutoAttack (Croce and Hein 2020, arXiv:2003.01690): attacks in a fixed order with fixed parameters. Any other list of its
/// attacks is its "custom" version.</summary>
/// <param name="Name">Its name in lists.</param>
/// <param name="Attacks">Makes its attacks.</param>
public sealed record AutoAttackVersion(string Name, Func<AttackSettings, IEnumerable<PlannedAttack>> Attacks);
