using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>Auto-PGD from given starts instead of random ones, so that it can be compared step by step with another implementation.</summary>
/// <param name="Attack">Its settings.</param>
/// <param name="Starts">The pixels of the start of an image's run, by the image's and the run's number.</param>
internal sealed record StartedApgd(ApgdAttack Attack, Func<int, int, float[]> Starts) : IAttack
{
    public string Name => Attack.Name;

    public AttackNorm Norm => Attack.Norm;

    public float Epsilon => Attack.Epsilon;

    public AttackRun Begin(Victim victim, int slots) => new Run(this, victim, slots);

    private sealed class Run(StartedApgd started, Victim victim, int slots) : ApgdRun(started.Attack, victim, slots)
    {
        protected override void Place(int slot, int run) => RowOf(Points, slot).CopyFrom(started.Starts(ImageOf(slot), run));
    }
}
