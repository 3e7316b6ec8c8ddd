using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>An attack as people ask for it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Knobs">What it reads.</param>
/// <param name="Passes">Model passes of an image that withstands it, which is the most an image can need; for estimates of time.</param>
/// <param name="Make">Makes it.</param>
public sealed record AttackEntry(string Name, AttackKnobs Knobs, Func<AttackSettings, int> Passes, Func<AttackSettings, IAttack> Make);
