using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Training;

/// <summary>What one pre-training step reads.</summary>
/// <param name="Images">The natural batch, [batch, channels, side, side] in [0, 1].</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The step's number, which with the seed decides every draw.</param>
public readonly record struct PretrainInputs(DeviceSpan<float> Images, ulong Seed, long Step)
{
    /// <summary>[batch, patches] noise of the mask, in place of drawn numbers; empty: drawn.</summary>
    public DeviceSpan<float> MaskNoise { get; init; }

    /// <summary>[batch, patches] noise of the attack's own mask; empty: drawn.</summary>
    public DeviceSpan<float> AttackMaskNoise { get; init; }

    /// <summary>[batch, channels, side, side] start of the attack; empty: drawn.</summary>
    public DeviceSpan<float> AttackStart { get; init; }

    /// <summary>[batch, channels, side, side] attacked images, in place of an attack; empty: the step attacks.</summary>
    public DeviceSpan<float> Adversarial { get; init; }
}
