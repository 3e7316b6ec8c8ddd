namespace Mimir.Runtime.Information;

/// <summary>Normalised HSIC (Fukumizu et al. 2007, "Kernel measures of conditional dependence"; the penalty of MIMIR's published
/// runs): tr(R_X·R_Z), R = K̃(K̃ + ε·batch·I)⁻¹, K̃ = H·K·H, K the RBF Gram matrix exp(−D/(2σ²·columns)). From 0 to batch − 1.
/// <para>With A = K̃ + e·I, e = ε·batch, R = I − e·A⁻¹, hence ∂value/∂K_Z = e·H·A_Z⁻¹·R_X·A_Z⁻¹·H, and the same with X and Z
/// exchanged. Allocates only when the batch grows.</para></summary>
public sealed unsafe class HsicCca : IMutualInformation
{
    private readonly double? _sigma;
    private readonly double _epsilon;
    private readonly RbfKernel _kernelX = new();
    private readonly RbfKernel _kernelZ = new();
    private double[] _rX = [];
    private double[] _rZ = [];
    private double[] _product = [];
    private double[] _gradient = [];
    private double[] _scratch = [];

    /// <summary>Sets the estimator's constants.</summary>
    /// <param name="sigma">The kernels' σ, from 0 exclusive; null takes the median heuristic, 2σ²·columns = 2·median of D.</param>
    /// <param name="epsilon">The ridge ε a row of the batch, from 0 exclusive.</param>
    public HsicCca(double? sigma = 5, double epsilon = 1e-5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma ?? 1, nameof(sigma));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        (_sigma, _epsilon) = (sigma, epsilon);
    }

    /// <inheritdoc/>
    public string Name => "hsic-cca";

    /// <inheritdoc/>
    public Estimate Evaluate(int batch, RowDistances x, RowDistances z, Span<double> weightsX, Span<double> weightsZ)
    {
        RowDistances.Check(batch, x, z, weightsX, weightsZ);
        Reserve(batch);
        var elements = batch * batch;
        var rX = _rX.AsSpan(0, elements);
        var rZ = _rZ.AsSpan(0, elements);
        if (!TryNormalise(_kernelX, batch, x, rX) || !TryNormalise(_kernelZ, batch, z, rZ))
            return Estimate.Skip(weightsX, weightsZ);
        var value = SquareMatrix.Dot(rX, rZ);
        if (!weightsZ.IsEmpty)
            Backward(batch, _kernelZ, rX, weightsZ);
        if (!weightsX.IsEmpty)
            Backward(batch, _kernelX, rZ, weightsX);
        return Estimate.Of(value, weightsX, weightsZ);
    }

    /// <summary>Fills r with R and leaves −A⁻¹ in the kernel's centred matrix.</summary>
    private bool TryNormalise(RbfKernel kernel, int batch, RowDistances distances, Span<double> r)
    {
        if (!kernel.TryFill(batch, distances, _sigma))
            return false;
        var ridge = _epsilon * batch;
        var inverse = kernel.Centred;
        for (var i = 0; i < batch; i++)
            inverse[i * batch + i] += ridge;
        fixed (double* a = inverse, scratch = _scratch)
        {
            if (!SymmetricInverse.TryNegativeInvert(a, batch, scratch))
                return false;
        }

        for (var i = 0; i < r.Length; i++)
            r[i] = ridge * inverse[i];
        for (var i = 0; i < batch; i++)
            r[i * batch + i] += 1;
        return true;
    }

    private void Backward(int batch, RbfKernel kernel, Span<double> other, Span<double> weights)
    {
        var elements = batch * batch;
        _product.AsSpan(0, elements).Clear();
        _gradient.AsSpan(0, elements).Clear();
        fixed (double* inverse = kernel.Centred, r = other, product = _product, gradient = _gradient, scratch = _scratch)
        {
            MatrixProduct.Accumulate(r, batch, 1, inverse, batch, batch, batch, product, scratch);
            MatrixProduct.Accumulate(inverse, batch, 1, product, batch, batch, batch, gradient, scratch); // the two minus signs cancel
        }

        kernel.Backward(_gradient.AsSpan(0, elements), _epsilon * batch, weights);
    }

    private void Reserve(int batch)
    {
        if (_rX.Length >= batch * batch)
            return;
        _rX = new double[batch * batch];
        _rZ = new double[batch * batch];
        _product = new double[batch * batch];
        _gradient = new double[batch * batch];
        _scratch = new double[SymmetricInverse.ScratchElements(batch)];
    }
}
