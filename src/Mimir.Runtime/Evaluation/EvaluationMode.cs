namespace Mimir.Runtime.Evaluation;

/// <summary>Which images each attack of an evaluation gets.</summary>
public enum EvaluationMode
{
    /// <summary>Those that no attack before it broke.</summary>
    Survivors,

    /// <summary>All that are right as they are, so that attacks can be compared.</summary>
    Individual,
}
