using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Two steps of APGD.</summary>
internal sealed class ApgdInnerAttack(VisionTransformer model, LanePools pools, int most) : IInnerAttack
{
    private readonly TwoStepApgd _apgd = new(new Victim(model, pools), pools, most);

    /// <inheritdoc/>
    public void Run(in InnerAttackInputs inputs) => _apgd.Run(inputs.Budget.Epsilon, inputs.Natural, inputs.Labels, inputs.Adversarial);
}
