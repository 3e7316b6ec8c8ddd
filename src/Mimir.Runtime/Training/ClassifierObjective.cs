using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Training;

/// <summary>What a step of adversarial training computes.</summary>
/// <param name="Budget">The inner attack.</param>
/// <param name="LabelSmoothing">Label smoothing of the training loss, in [0, 1); the attack uses none.</param>
/// <param name="DropPath">Drop-path rate of the last block; earlier blocks have less, linearly.</param>
public sealed record ClassifierObjective(LinfBudget Budget, float LabelSmoothing, double DropPath);

/// <summary>What one step of adversarial training reads.</summary>
/// <param name="Images">The natural batch, [batch, channels, side, side] in [0, 1].</param>
/// <param name="Labels">[batch] classes.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step's number, which with the seed decides every draw.</param>
public readonly record struct ClassifierInputs(DeviceSpan<float> Images, DeviceSpan<int> Labels, ulong Seed, long Step)
{
    /// <summary>[batch, channels, side, side] attacked images, in place of an attack; empty: the step attacks.</summary>
    public DeviceSpan<float> Adversarial { get; init; }
}

/// <summary>What one step of adversarial training measured.</summary>
/// <param name="Loss">Mean smoothed cross-entropy of the attacked images.</param>
/// <param name="Accuracy">Share of attacked images classified correctly, in training mode.</param>
public readonly record struct ClassifierReport(double Loss, double Accuracy);
