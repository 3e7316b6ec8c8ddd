using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Training;

/// <summary>Makes the images that a micro-batch is trained on. A lane has one and uses it again and again.</summary>
internal interface IInnerAttack
{
    /// <summary>Attacks a micro-batch.</summary>
    void Run(in InnerAttackInputs inputs);
}

/// <summary>A micro-batch under attack.</summary>
/// <param name="Budget">The attack's size in this step.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step's number.</param>
/// <param name="First">Number of the micro-batch's first value in the batch: with seed and step it decides every draw.</param>
/// <param name="Natural">[count, channels, side, side] in [0, 1].</param>
/// <param name="Labels">[count].</param>
/// <param name="Adversarial">Receives the attacked images.</param>
internal readonly record struct InnerAttackInputs(
    AttackBudget Budget, ulong Seed, long Step, long First, DeviceSpan<float> Natural, DeviceSpan<int> Labels, DeviceSpan<float> Adversarial);
