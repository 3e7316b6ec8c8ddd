namespace Mimir.Runtime.Evaluation;

/// <summary>How many of some images a classifier has right.</summary>
/// <param name="Correct">Images that are right.</param>
/// <param name="Images">All images; those that are wrong before any attack are among them.</param>
public readonly record struct Accuracy(int Correct, int Images)
{
    /// <summary>Their share, in [0, 1]; 0 of no images.</summary>
    public double Share => Images == 0 ? 0 : (double)Correct / Images;

    /// <summary>Half the width of the share's 95 % interval, 1.96·√(p(1 − p)/n).</summary>
    public double Interval => Images == 0 ? 0 : 1.96 * Math.Sqrt(Share * (1 - Share) / Images);
}
