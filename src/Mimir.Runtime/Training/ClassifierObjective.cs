using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Training;

/// <summary>What a step of adversarial training computes.</summary>
/// <param name="Budget">The inner attack. <see cref="TrainingLoss.Free"/> and <see cref="TrainingLoss.Apgd"/> read ε alone.</param>
/// <param name="LabelSmoothing">Label smoothing of the training loss, in [0, 1); the attack uses none, nor do <see cref="TrainingLoss.Trades"/> and
/// <see cref="TrainingLoss.Mart"/>.</param>
/// <param name="DropPath">Drop-path rate of the last block; earlier blocks have less, linearly.</param>
public sealed record ClassifierObjective(AttackBudget Budget, float LabelSmoothing, double DropPath)
{
    /// <summary>The training loss.</summary>
    public TrainingLoss Loss { get; init; }

    /// <summary>β of <see cref="TrainingLoss.Trades"/> and <see cref="TrainingLoss.Mart"/>.</summary>
    public float Beta { get; init; } = 6;

    /// <summary>Whether the loss looks at natural images beside the attacked ones.</summary>
    internal bool SeesBoth => Loss is TrainingLoss.Trades or TrainingLoss.Mart;
}

/// <summary>What one step of adversarial training reads.</summary>
/// <param name="Images">The natural batch, [batch, channels, side, side] in [0, 1].</param>
/// <param name="Labels">[batch] classes.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step's number, which with the seed decides every draw.</param>
public readonly record struct ClassifierInputs(DeviceSpan<float> Images, DeviceSpan<int> Labels, ulong Seed, long Step)
{
    /// <summary>[batch, channels, side, side] attacked images, in place of an attack; empty: the step attacks.</summary>
    public DeviceSpan<float> Adversarial { get; init; }

    /// <summary>The inner attack's size in this step, as a warm-up sets it; null: that of the objective.</summary>
    public AttackBudget? Budget { get; init; }
}

/// <summary>What one step of adversarial training measured.</summary>
/// <param name="Loss">The mean training loss.</param>
/// <param name="Accuracy">Share of attacked images classified correctly, in training mode.</param>
public readonly record struct ClassifierReport(double Loss, double Accuracy)
{
    /// <summary>Share of natural images classified correctly, in training mode, where the loss looks at them too; else NaN.</summary>
    public double NaturalAccuracy { get; init; } = double.NaN;

    /// <summary>Mean KL(f(x) ‖ f(x')) of <see cref="TrainingLoss.Trades"/>, without its β; else NaN.</summary>
    public double Divergence { get; init; } = double.NaN;
}
