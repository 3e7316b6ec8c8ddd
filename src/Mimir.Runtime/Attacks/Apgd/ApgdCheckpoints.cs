namespace Mimir.Runtime.Attacks;

/// <summary>When auto-PGD looks back at its progress (Croce and Hein 2020, arXiv:2003.01690, section 3.1): first after 22 % of the iterations,
/// then in intervals that shrink by 3 % of them each time, down to 6 %.</summary>
/// <param name="Iterations">N.</param>
internal readonly record struct ApgdCheckpoints(int Iterations)
{
    /// <summary>Iterations before the first checkpoint.</summary>
    public int First => Part(0.22);

    /// <summary>Iterations from a checkpoint to the next.</summary>
    /// <param name="interval">Those before that checkpoint.</param>
    public int After(int interval) => Math.Max(interval - Part(0.03), Part(0.06));

    private int Part(double share) => Math.Max((int)(share * Iterations), 1);
}
