namespace Mimir.Runtime.Information;

/// <summary>What an estimator found.</summary>
/// <param name="Value">The estimate; NaN where there is none.</param>
/// <param name="IsSkipped">Whether there is none: the step goes without the penalty, and the caller counts it.</param>
public readonly record struct Estimate(double Value, bool IsSkipped)
{
    /// <summary>No estimate: a matrix was singular, or a number not finite.</summary>
    public static Estimate Skipped => new(double.NaN, true);

    /// <summary>The estimate <paramref name="value"/> if it and all weights are finite. Otherwise none, with the weights cleared.</summary>
    internal static Estimate Of(double value, Span<double> weightsX, Span<double> weightsZ) =>
        double.IsFinite(value) && SquareMatrix.IsFinite(weightsX) && SquareMatrix.IsFinite(weightsZ)
            ? new Estimate(value, false)
            : Skip(weightsX, weightsZ);

    internal static Estimate Skip(Span<double> weightsX, Span<double> weightsZ)
    {
        weightsX.Clear();
        weightsZ.Clear();
        return Skipped;
    }
}
