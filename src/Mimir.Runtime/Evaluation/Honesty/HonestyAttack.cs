using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>An attack that checks read.</summary>
/// <param name="Attack">The attack; equal ones run once.</param>
/// <param name="Cost">Passes of an image that withstands it.</param>
internal readonly record struct HonestyAttack(IAttack Attack, HonestyCost Cost)
{
    /// <summary>A PGD attack.</summary>
    public static HonestyAttack Of(PgdAttack attack) =>
        new(attack, new HonestyCost(attack.Restarts * (attack.Budget.Steps + 1), attack.Restarts * attack.Budget.Steps));
}
