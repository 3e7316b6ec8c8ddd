namespace Mimir.Runtime.Verification;

/// <summary>One comparison of a verification.</summary>
/// <param name="Case">The golden case.</param>
/// <param name="Tensor">What was compared.</param>
/// <param name="RelativeError">‖a − b‖₂ / max(‖b‖₂, 1e-12); for adversarial images the share of values that differ by more than 1e-6.</param>
/// <param name="LargestError">The largest absolute difference.</param>
/// <param name="Where">Where it is, as an index; empty for a scalar.</param>
/// <param name="Bound">The bound of <paramref name="RelativeError"/>.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Problem">Why the comparison could not be made or failed for another reason; empty otherwise.</param>
public sealed record VerifyLine(
    string Case, string Tensor, double RelativeError, double LargestError, string Where, double Bound, bool Passed, string Problem = "");

/// <summary>All comparisons of a golden folder.</summary>
/// <param name="Lines">In the order of the cases.</param>
/// <param name="Bounds">What they were held against.</param>
public sealed record VerifyReport(IReadOnlyList<VerifyLine> Lines, Bounds Bounds)
{
    /// <summary>Whether there was something to compare and every comparison holds.</summary>
    public bool Passed => Lines.Count > 0 && Lines.All(line => line.Passed);
}
