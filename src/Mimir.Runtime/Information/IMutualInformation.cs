namespace Mimir.Runtime.Information;

/// <summary>An estimator of the mutual information between the rows of two matrices, X [batch, columns] (images) and
/// Z [batch, columns] (latents), of which it sees only the squared distances between rows. All arithmetic is float64.
/// An instance keeps its workspace from call to call and serves one caller at a time.</summary>
public interface IMutualInformation
{
    /// <summary>The name that options and metrics use, such as <c>hsic-cca</c>.</summary>
    string Name { get; }

    /// <summary>The estimate and its gradient with respect to the distances. For a side whose weights S are asked for,
    /// S = G + Gᵀ with G = ∂value/∂D, exactly symmetric with a zero diagonal, so that the gradient of the side's matrix A is
    /// ∂value/∂a_i = 2 Σ_j S_ij (a_i − a_j). A kernel's bandwidth counts as a constant, whatever rule chose it.</summary>
    /// <param name="batch">Rows of X and of Z.</param>
    /// <param name="x">Distances between the rows of X.</param>
    /// <param name="z">Distances between the rows of Z.</param>
    /// <param name="weightsX">Receives S of X [batch, batch]; empty where X is a constant, which also saves its cost.</param>
    /// <param name="weightsZ">Receives S of Z [batch, batch]; empty where only the value is wanted.</param>
    /// <returns>The value, or <see cref="Estimate.Skipped"/> where a matrix is singular or a number is not finite; the weights are
    /// then all zero. Numbers never make it throw.</returns>
    /// <exception cref="ArgumentException">A span is not [batch, batch], or a side has no columns.</exception>
    Estimate Evaluate(int batch, RowDistances x, RowDistances z, Span<double> weightsX, Span<double> weightsZ);
}
