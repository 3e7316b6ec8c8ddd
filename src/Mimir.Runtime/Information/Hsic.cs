namespace Mimir.Runtime.Information;

/// <summary>The Hilbert-Schmidt independence criterion, biased estimate (Gretton et al. 2005): tr(K_X·H·K_Z·H)/(batch − 1)² with
/// K the RBF Gram matrix exp(−D/(2σ²·columns)). ∂value/∂K_Z = H·K_X·H/(batch − 1)². Allocates only when the batch grows.</summary>
public sealed class Hsic : IMutualInformation
{
    private readonly double? _sigma;
    private readonly RbfKernel _kernelX = new();
    private readonly RbfKernel _kernelZ = new();
    private double[] _gradient = [];

    /// <summary>Sets the estimator's constant.</summary>
    /// <param name="sigma">The kernels' σ, from 0 exclusive; null takes the median heuristic, 2σ²·columns = 2·median of D.</param>
    public Hsic(double? sigma = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma ?? 1, nameof(sigma));
        _sigma = sigma;
    }

    /// <inheritdoc/>
    public string Name => "hsic";

    /// <inheritdoc/>
    public Estimate Evaluate(int batch, RowDistances x, RowDistances z, Span<double> weightsX, Span<double> weightsZ)
    {
        RowDistances.Check(batch, x, z, weightsX, weightsZ);
        if (!_kernelX.TryFill(batch, x, _sigma) || !_kernelZ.TryFill(batch, z, _sigma))
            return Estimate.Skip(weightsX, weightsZ);
        var scale = 1 / ((batch - 1.0) * (batch - 1.0)); // infinite for a single row, which is then skipped
        var value = scale * SquareMatrix.Dot(_kernelX.Centred, _kernelZ.Centred);
        if (!weightsZ.IsEmpty)
            Backward(batch, _kernelZ, _kernelX, scale, weightsZ);
        if (!weightsX.IsEmpty)
            Backward(batch, _kernelX, _kernelZ, scale, weightsX);
        return Estimate.Of(value, weightsX, weightsZ);
    }

    private void Backward(int batch, RbfKernel kernel, RbfKernel other, double scale, Span<double> weights)
    {
        if (_gradient.Length < batch * batch)
            _gradient = new double[batch * batch];
        var gradient = _gradient.AsSpan(0, batch * batch);
        other.Centred.CopyTo(gradient);
        kernel.Backward(gradient, scale, weights);
    }
}
