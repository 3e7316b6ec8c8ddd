using Mimir.Kernels;

namespace Mimir.Runtime.Training;

/// <summary>Leaves the images as they are.</summary>
internal sealed class NoAttack : IInnerAttack
{
    /// <inheritdoc/>
    public void Run(in InnerAttackInputs inputs) => Elementwise.Copy(inputs.Natural, inputs.Adversarial);
}
