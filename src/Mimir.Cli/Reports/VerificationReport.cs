using Mimir.Runtime.Verification;

namespace Mimir.Cli.Reports;

/// <summary>A device compared with reference tensors.</summary>
/// <param name="Golden">The folder.</param>
/// <param name="Passed">Whether everything lies inside its bound.</param>
/// <param name="Compared">Comparisons made.</param>
/// <param name="Failed">Of these, outside.</param>
/// <param name="Bounds">What they were held against.</param>
/// <param name="Tensors">Every comparison.</param>
internal sealed record VerificationReport(string Golden, bool Passed, int Compared, int Failed, Bounds Bounds, IReadOnlyList<TensorReport> Tensors) : Report;

/// <summary>One comparison; numbers are null where it could not be made.</summary>
/// <param name="Case">The golden case.</param>
/// <param name="Tensor">What was compared.</param>
/// <param name="RelativeError">In the L2 norm; for attacked images the share of values that differ.</param>
/// <param name="LargestError">The largest absolute difference.</param>
/// <param name="Where">Its index; empty for a scalar.</param>
/// <param name="Bound">Of the relative error.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Problem">Why not, where the numbers do not say it.</param>
internal sealed record TensorReport(
    string Case, string Tensor, double? RelativeError, double? LargestError, string Where, double? Bound, bool Passed, string Problem)
{
    /// <summary>A comparison as JSON takes it.</summary>
    public static TensorReport Of(VerifyLine line) => new(
        line.Case, line.Tensor, Finite(line.RelativeError), Finite(line.LargestError), line.Where, Finite(line.Bound), line.Passed, line.Problem);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
