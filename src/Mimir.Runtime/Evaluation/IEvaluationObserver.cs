namespace Mimir.Runtime.Evaluation;

/// <summary>Watches an evaluation. Calls come one at a time, from any thread; what is not implemented is not heard.</summary>
public interface IEvaluationObserver
{
    /// <summary>Everything is checked and nothing is computed yet.</summary>
    void OnStart(EvaluationSession session)
    {
    }

    /// <summary>The images were classified as they are.</summary>
    void OnNatural(Accuracy natural)
    {
    }

    /// <summary>Something that a reader of the result should know.</summary>
    void OnNote(string note)
    {
    }

    /// <summary>Whether <see cref="OnProgress"/> would be shown now; spares making the figures.</summary>
    bool WantsProgress => false;

    /// <summary>An attack is under way.</summary>
    void OnProgress(in EvaluationProgress progress)
    {
    }

    /// <summary>An attack is over.</summary>
    void OnAttack(AttackRecord attack)
    {
    }
}
