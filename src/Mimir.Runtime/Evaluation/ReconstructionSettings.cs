using Mimir.Runtime.Attacks;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Evaluation;

/// <summary>How an auto-encoder is attacked. The defaults are MIMIR's pre-training attack as the paper has it.</summary>
public sealed record ReconstructionSettings
{
    /// <summary>ε, α and the number of steps.</summary>
    public AttackBudget Budget { get; init; } = new(8f / 255, 10f / 255, 1);

    /// <summary>What the attacked auto-encoder has to rebuild.</summary>
    public AttackTarget Target { get; init; }

    /// <summary>Whether the attack knows the mask that the loss is measured with.</summary>
    public AttackMask Mask { get; init; }

    /// <summary>Share of patches hidden, in (0, 1).</summary>
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Decides masks and starts, together with the image's number.</summary>
    public ulong Seed { get; init; }
}
