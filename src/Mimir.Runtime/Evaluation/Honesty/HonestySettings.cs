namespace Mimir.Runtime.Evaluation;

/// <summary>How thoroughly an evaluation is examined.</summary>
public sealed record HonestySettings
{
    /// <summary>Fewest images that a verdict on noise rests on.</summary>
    public const int FewestImages = 100;

    /// <summary>The checkpoint's file, whose hash is reported.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Images that the checks attack, evenly spread over the evaluation's.</summary>
    public int Images { get; init; } = 256;

    /// <summary>Queries of the attack without gradients.</summary>
    public int Queries { get; init; } = 1000;

    /// <summary>Another model's checkpoint, from which attacks are transferred; null leaves that out.</summary>
    public string? Surrogate { get; init; }
}
