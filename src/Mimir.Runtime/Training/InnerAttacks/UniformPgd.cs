using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>PGD on cross-entropy from a start that is uniform in the ball: one step of it is fast adversarial training's attack.</summary>
internal sealed class UniformPgd : IInnerAttack
{
    private readonly LanePools _pools;
    private readonly CrossEntropyObjective _objective;
    private readonly LinfPgd _pgd;

    public UniformPgd(VisionTransformer model, LanePools pools, Graph graph)
    {
        (_pools, _objective) = (pools, new CrossEntropyObjective(model));
        _pgd = new LinfPgd(graph, _objective);
    }

    /// <inheritdoc/>
    public void Run(in InnerAttackInputs inputs)
    {
        var noise = _pools.Rent(inputs.Natural.Length);
        var gradient = _pools.Rent(inputs.Natural.Length);
        var epsilon = inputs.Budget.Epsilon;
        Philox.Uniform(inputs.Seed, RandomStreams.Of(RandomPurpose.AttackStart, inputs.Step), (ulong)inputs.First, -epsilon, epsilon, noise);
        _objective.Labels = inputs.Labels;
        _pgd.Run(inputs.Budget, inputs.Natural, noise, gradient, inputs.Adversarial);
        _pools.Return(noise);
        _pools.Return(gradient);
    }
}
