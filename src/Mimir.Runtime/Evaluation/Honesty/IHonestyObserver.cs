namespace Mimir.Runtime.Evaluation;

/// <summary>Watches an examination. Calls come one at a time, from any thread; what is not implemented is not heard.</summary>
public interface IHonestyObserver
{
    /// <summary>The checks are about to start.</summary>
    /// <param name="images">Images that they look at.</param>
    /// <param name="most">The most passes they can need.</param>
    /// <param name="seconds">How long those would take at the speed just measured.</param>
    void OnEstimate(int images, HonestyCost most, double seconds)
    {
    }

    /// <summary>Whether <see cref="OnProgress"/> would be shown now.</summary>
    bool WantsProgress => false;

    /// <summary>A check is under way.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="title">What it looks at.</param>
    /// <param name="share">Share of all work that is done, in [0, 1].</param>
    /// <param name="remaining">Seconds to the end at most.</param>
    void OnProgress(int number, string title, double share, double remaining)
    {
    }

    /// <summary>A check is over.</summary>
    void OnFinding(HonestyFinding finding)
    {
    }
}
