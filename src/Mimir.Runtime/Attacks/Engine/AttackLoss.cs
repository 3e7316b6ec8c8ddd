using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Attacks;

/// <summary>A loss of logits that an attack raises, one value an image.</summary>
/// <param name="Form">Which margin loss; null is cross-entropy with hard labels, −log softmax(z)_y.</param>
/// <param name="Floor">Clamps a margin loss from below, where it has no gradient; −∞ does not.</param>
public readonly record struct AttackLoss(MarginForm? Form, float Floor = float.NegativeInfinity)
{
    /// <summary>Cross-entropy of the labels.</summary>
    public static AttackLoss CrossEntropy => default(AttackLoss) with { Floor = float.NegativeInfinity };

    /// <summary>Minus the cross-entropy of the target, log softmax(z)_t: rises towards a class instead of away from one.</summary>
    public static AttackLoss TowardsTarget => CrossEntropy with { IsNegative = true };

    /// <summary>Cross-entropy of a target with its sign turned.</summary>
    public bool IsNegative { get; private init; }

    /// <summary>Fewest classes for which the loss is defined.</summary>
    public int FewestClasses => Form?.FewestClasses() ?? 2;

    /// <summary>Whether an image needs a target class.</summary>
    public bool IsTargeted => Form?.IsTargeted() ?? IsNegative;

    /// <summary>This loss, or where a model has too few classes for its ratio the plain margin.</summary>
    /// <param name="classes">The model's classes.</param>
    public AttackLoss For(int classes) => classes >= FewestClasses ? this : this with { Form = IsTargeted ? MarginForm.Difference : MarginForm.Margin };

    /// <summary>Puts the loss on the tape: [batch] values, whose sum the walk back starts from.</summary>
    /// <remarks>Of <see cref="TowardsTarget"/> the values are those of the cross-entropy: <see cref="Finish"/> turns them.</remarks>
    internal Tensor Apply(Graph graph, Tensor logits, DeviceSpan<int> labels, DeviceSpan<int> targets) => Form is { } form
        ? MarginLossOp.Apply(graph, form, logits, labels, IsTargeted ? targets : default, Floor)
        : CrossEntropyOp.Apply(graph, logits, IsNegative ? targets : labels, 0f, IsNegative ? -1f : 1f);

    /// <summary>Makes the loss of what <see cref="Apply"/> gave and the host has read.</summary>
    internal void Finish(Span<float> losses)
    {
        if (!IsNegative)
            return;
        foreach (ref var loss in losses)
            loss = -loss;
    }
}
