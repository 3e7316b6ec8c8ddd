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

    /// <summary>Fewest classes for which the loss is defined.</summary>
    public int FewestClasses => Form?.FewestClasses() ?? 2;

    /// <summary>Whether an image needs a target class.</summary>
    public bool IsTargeted => Form?.IsTargeted() ?? false;

    /// <summary>Puts the loss on the tape: [batch] values, whose sum the walk back starts from.</summary>
    internal Tensor Apply(Graph graph, Tensor logits, DeviceSpan<int> labels, DeviceSpan<int> targets) => Form is { } form
        ? MarginLossOp.Apply(graph, form, logits, labels, IsTargeted ? targets : default, Floor)
        : CrossEntropyOp.Apply(graph, logits, labels, 0f, 1f);
}
