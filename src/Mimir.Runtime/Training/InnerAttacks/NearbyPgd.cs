using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>PGD from x + 0.001·N(0, 1), which is not clipped: the start of TRADES, whose divergence has no gradient at x itself, and of MART.</summary>
internal sealed class NearbyPgd(LanePools pools, Graph graph, IObjective objective)
{
    private const float Deviation = 1e-3f;

    private readonly LinfPgd _pgd = new(graph, objective);

    /// <summary>Attacks a micro-batch; the objective has what it compares with.</summary>
    public void Run(in InnerAttackInputs inputs)
    {
        var room = pools.Rent(inputs.Natural.Length);
        Philox.Normal(inputs.Seed, RandomStreams.Of(RandomPurpose.AttackStart, inputs.Step), (ulong)inputs.First, 0f, Deviation, room);
        Elementwise.Add(inputs.Natural, room, inputs.Adversarial);
        _pgd.GoOn(inputs.Budget, inputs.Natural, gradient: room, inputs.Adversarial);
        pools.Return(room);
    }
}
