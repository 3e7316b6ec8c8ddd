using Mimir.Kernels;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>TRADES' inner attack: PGD on KL(f(x) ‖ f(x')). Without drop path f(x) is a constant, so it is worked out once.</summary>
internal sealed class TradesAttack : IInnerAttack
{
    private readonly VisionTransformer _model;
    private readonly LanePools _pools;
    private readonly Graph _graph;
    private readonly KlObjective _objective;
    private readonly NearbyPgd _pgd;

    public TradesAttack(VisionTransformer model, LanePools pools, Graph graph)
    {
        (_model, _pools, _graph, _objective) = (model, pools, graph, new KlObjective(model));
        _pgd = new NearbyPgd(pools, graph, _objective);
    }

    /// <inheritdoc/>
    public void Run(in InnerAttackInputs inputs)
    {
        var reference = _pools.Rent(inputs.Labels.Length * _model.Classes);
        _graph.Begin();
        Elementwise.Copy(_model.Logits(_graph, _graph.Input(inputs.Natural, _model.ImageShape(inputs.Natural.Length))).Data, reference);
        _graph.End();
        _objective.Reference = reference;
        _pgd.Run(inputs);
        _pools.Return(reference);
    }
}
