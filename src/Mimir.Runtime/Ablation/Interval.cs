namespace Mimir.Runtime.Ablation;

/// <summary>An estimate with its 95 % confidence interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Value, double Low, double High)
{
    /// <summary>Probability that an interval misses.</summary>
    public const double Level = 0.05;

    /// <summary>Whether 0 lies outside.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;

    /// <summary>The mean of values of a normal distribution with Student's interval: mean ± t·s/√n with the t of n − 1 degrees of freedom
    /// (Student, The probable error of a mean, 1908).</summary>
    /// <param name="values">At least two.</param>
    public static Interval OfMean(IReadOnlyList<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 2);
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        var half = StudentQuantile(values.Count - 1) * Math.Sqrt(variance / values.Count);
        return new Interval(mean, mean - half, mean + half);
    }

    /// <summary>The t that Student's distribution exceeds in size with probability <see cref="Level"/>. With ν degrees of freedom
    /// P(|T| &gt; t) = I_x(ν/2, 1/2) at x = ν/(ν + t²) (Abramowitz and Stegun 26.7.1).</summary>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double StudentQuantile(int freedom)
    {
        var x = BetaDistribution.Quantile(Level, freedom / 2.0, 0.5);
        return Math.Sqrt(freedom * (1 - x) / x);
    }

    /// <summary>The share of successes with the exact interval of Clopper and Pearson (The use of confidence or fiducial limits illustrated in
    /// the case of the binomial, 1934).</summary>
    /// <param name="successes">0 to <paramref name="trials"/>.</param>
    /// <param name="trials">At least 1.</param>
    public static Interval OfShare(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        return new Interval(
            (double)successes / trials,
            successes == 0 ? 0 : BetaDistribution.Quantile(Level / 2, successes, trials - successes + 1),
            successes == trials ? 1 : BetaDistribution.Quantile(1 - Level / 2, successes + 1, trials - successes));
    }
}
