using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>MART's inner attack: PGD on cross-entropy from TRADES' start.</summary>
internal sealed class MartAttack : IInnerAttack
{
    private readonly CrossEntropyObjective _objective;
    private readonly NearbyPgd _pgd;

    public MartAttack(VisionTransformer model, LanePools pools, Graph graph)
    {
        _objective = new CrossEntropyObjective(model);
        _pgd = new NearbyPgd(pools, graph, _objective);
    }

    /// <inheritdoc/>
    public void Run(in InnerAttackInputs inputs)
    {
        _objective.Labels = inputs.Labels;
        _pgd.Run(inputs);
    }
}
