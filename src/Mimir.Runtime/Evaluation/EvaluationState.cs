namespace Mimir.Runtime.Evaluation;

/// <summary>What <c>evaluation.json</c> holds: what was asked, what is known of every image, and which files it was measured on. Lists have an
/// entry an image, in the order of the set unless said otherwise.</summary>
public sealed record EvaluationState
{
    /// <summary>Names of the attacks that were asked for, in order.</summary>
    public required IReadOnlyList<string> AttacksAsked { get; init; }

    /// <summary>Names of those that are finished.</summary>
    public required IReadOnlyList<string> AttacksFinished { get; init; }

    /// <summary>Settings of each attack that was asked for.</summary>
    public required IReadOnlyList<AttackSettings> Settings { get; init; }

    /// <summary>Which images each attack gets.</summary>
    public required EvaluationMode Mode { get; init; }

    /// <summary>The files.</summary>
    public required EvaluationIdentity Identity { get; init; }

    /// <summary>Images in all.</summary>
    public required int Images { get; init; }

    /// <summary>Share of the images that are right as they are.</summary>
    public required double NaturalAccuracy { get; init; }

    /// <summary>Share of the images that stand so far.</summary>
    public required double RobustAccuracy { get; init; }

    /// <summary>The images' classes.</summary>
    public required int[] Labels { get; init; }

    /// <summary>The model's class for each image as it is.</summary>
    public required int[] NaturalPredictions { get; init; }

    /// <summary>Whether each image stands.</summary>
    public required bool[] Robust { get; init; }

    /// <summary>The first attack that broke each image; null where none did.</summary>
    public required string?[] BrokenBy { get; init; }

    /// <summary>The model's class for each x'.</summary>
    public required int[] Predictions { get; init; }

    /// <summary>What each attack did.</summary>
    public required IReadOnlyList<StoredAttack> Attacks { get; init; }
}
