using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Training;

/// <summary>The curve on which ε rises from 0.</summary>
public enum WarmupForm
{
    /// <summary>ε·e/P.</summary>
    Linear,

    /// <summary>½ε(1 + sin(π(e/P − ½))): slow at both ends.</summary>
    Sine,
}

/// <summary>Attacks that grow over the first epochs e = 0, 1, …: ε over P epochs with the step as it is, or the step α·e/Q over Q epochs
/// with ε as it is, so that epoch 0 trains on noise alone (the ARES recipe). Both grow from epoch to epoch, not within one.</summary>
/// <param name="EpsEpochs">P; 0: the full ε from the start.</param>
/// <param name="EpsForm">The curve of ε.</param>
/// <param name="AlphaEpochs">Q; 0: the full step from the start.</param>
public sealed record AttackWarmup(int EpsEpochs, WarmupForm EpsForm, int AlphaEpochs)
{
    /// <summary>The full attack from the start.</summary>
    public static AttackWarmup None { get; } = new(0, WarmupForm.Linear, 0);

    /// <summary>The attack of an epoch, counted from 0.</summary>
    public AttackBudget At(AttackBudget full, int epoch) => full with
    {
        Epsilon = epoch >= EpsEpochs ? full.Epsilon : (float)(full.Epsilon * Share((double)epoch / EpsEpochs)),
        Alpha = epoch >= AlphaEpochs ? full.Alpha : (float)((double)full.Alpha * epoch / AlphaEpochs),
    };

    private double Share(double progress) => EpsForm == WarmupForm.Sine ? 0.5 * (1 + Math.Sin(Math.PI * (progress - 0.5))) : progress;
}
