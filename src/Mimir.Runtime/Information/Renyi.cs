using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Mimir.Runtime.Information;

/// <summary>Matrix-based Rényi mutual information in bits (Sánchez Giraldo, Rao and Príncipe 2015):
/// I = S(K_X) + S(K_Z) − S(K_X∘K_Z), S(K) = log₂ tr((K/tr K)^α)/(1 − α), K = exp(−D/s).
/// <para>∂S/∂K = α/((1 − α)·ln 2)·A^(α−1)/(tr(A^α)·batch), A = K/batch, from the eigenvectors of A; the trace is the batch whatever
/// the distances. Rounding can leave eigenvalues a little below zero: they count as zero, with no share in the gradient.
/// The eigen-decomposition allocates a few matrices a call.</para></summary>
public sealed unsafe class Renyi : IMutualInformation
{
    private const int Neighbours = 10;

    private readonly double _alpha;
    private readonly RenyiBandwidth _rule;
    private readonly (double X, double Z)? _given;
    private double[] _kernelX = [];
    private double[] _kernelZ = [];
    private double[] _joint = [];
    private double[] _slopeX = [];
    private double[] _slopeZ = [];
    private double[] _slopeJoint = [];
    private double[] _row = [];
    private double[] _scratch = [];

    /// <summary>Sets the order and the rule of the kernels' bandwidths.</summary>
    /// <param name="alpha">The order α, positive and not 1.</param>
    /// <param name="bandwidth">How s is chosen.</param>
    public Renyi(double alpha = 1.01, RenyiBandwidth bandwidth = RenyiBandwidth.Mean)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfEqual(alpha, 1);
        (_alpha, _rule) = (alpha, bandwidth);
    }

    /// <summary>Sets the order and the bandwidths themselves.</summary>
    /// <param name="alpha">The order α, positive and not 1.</param>
    /// <param name="bandwidthX">s of X, positive, in units of squared distance.</param>
    /// <param name="bandwidthZ">s of Z, likewise.</param>
    public Renyi(double alpha, double bandwidthX, double bandwidthZ)
        : this(alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bandwidthX);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bandwidthZ);
        _given = (bandwidthX, bandwidthZ);
    }

    /// <inheritdoc/>
    public string Name => "renyi";

    /// <inheritdoc/>
    public Estimate Evaluate(int batch, RowDistances x, RowDistances z, Span<double> weightsX, Span<double> weightsZ)
    {
        RowDistances.Check(batch, x, z, weightsX, weightsZ);
        Reserve(batch);
        var sX = _given?.X ?? Bandwidth(batch, x.Squared);
        var sZ = _given?.Z ?? Bandwidth(batch, z.Squared);
        var elements = batch * batch;
        var kernelX = _kernelX.AsSpan(0, elements);
        var kernelZ = _kernelZ.AsSpan(0, elements);
        var joint = _joint.AsSpan(0, elements);
        NegativeExponential.Of(x.Squared, 1 / sX, kernelX);
        NegativeExponential.Of(z.Squared, 1 / sZ, kernelZ);
        for (var i = 0; i < elements; i++)
            joint[i] = kernelX[i] * kernelZ[i];
        if (!SquareMatrix.IsFinite(kernelX) || !SquareMatrix.IsFinite(kernelZ))
            return Estimate.Skip(weightsX, weightsZ);

        var wanted = !weightsX.IsEmpty || !weightsZ.IsEmpty;
        var value = Entropy(batch, kernelX, weightsX.IsEmpty ? default : _slopeX.AsSpan(0, elements))
            + Entropy(batch, kernelZ, weightsZ.IsEmpty ? default : _slopeZ.AsSpan(0, elements))
            - Entropy(batch, joint, wanted ? _slopeJoint.AsSpan(0, elements) : default);
        if (!weightsZ.IsEmpty)
            Backward(batch, kernelZ, kernelX, _slopeZ, sZ, weightsZ);
        if (!weightsX.IsEmpty)
            Backward(batch, kernelX, kernelZ, _slopeX, sX, weightsX);
        return Estimate.Of(value, weightsX, weightsZ);
    }

    /// <summary>S(K), and ∂S/∂K where asked for. NaN where the decomposition does not converge.</summary>
    private double Entropy(int batch, ReadOnlySpan<double> kernel, Span<double> slope)
    {
        var a = new double[batch * batch]; // owned by the matrix below: the decomposition needs it as one array of this very length
        for (var i = 0; i < a.Length; i++)
            a[i] = kernel[i] / batch;
        double[] vectors;
        var values = _row.AsSpan(0, batch);
        try
        {
            var decomposition = new DenseMatrix(batch, batch, a).Evd(Symmetricity.Symmetric);
            vectors = ((DenseMatrix)decomposition.EigenVectors).Values; // by columns: one eigenvector after the other
            for (var i = 0; i < batch; i++)
                values[i] = Math.Max(decomposition.EigenValues[i].Real, 0);
        }
        catch (NonConvergenceException)
        {
            slope.Fill(double.NaN);
            return double.NaN;
        }

        var trace = 0.0;
        foreach (var value in values)
            trace += Math.Pow(value, _alpha);
        if (!slope.IsEmpty)
            Slope(batch, vectors, values, _alpha / ((1 - _alpha) * Math.Log(2) * trace * batch), a, slope);
        return Math.Log2(trace) / (1 - _alpha);
    }

    /// <summary>slope = factor·V·diag(values^(α−1))·Vᵀ.</summary>
    private void Slope(int batch, double[] vectors, ReadOnlySpan<double> values, double factor, double[] scaled, Span<double> slope)
    {
        for (var i = 0; i < batch; i++)
        {
            var power = values[i] > 0 ? factor * Math.Pow(values[i], _alpha - 1) : 0;
            for (var j = 0; j < batch; j++)
                scaled[i * batch + j] = power * vectors[i * batch + j];
        }

        slope.Clear();
        fixed (double* left = scaled, right = vectors, result = slope, scratch = _scratch)
            MatrixProduct.Accumulate(left, 1, batch, right, batch, batch, batch, result, scratch);
    }

    /// <summary>weights = G + Gᵀ, G = (∂S(K)/∂K − ∂S(K∘other)/∂(K∘other)∘other)∘K·(−1/s).</summary>
    private void Backward(
        int batch, ReadOnlySpan<double> kernel, ReadOnlySpan<double> other, ReadOnlySpan<double> slope, double s, Span<double> weights)
    {
        for (var i = 0; i < batch; i++)
        {
            weights[i * batch + i] = 0;
            for (var j = 0; j < i; j++)
            {
                var at = i * batch + j;
                var mirrored = j * batch + i;
                var gradient = slope[at] + slope[mirrored] - (_slopeJoint[at] + _slopeJoint[mirrored]) * other[at];
                weights[at] = weights[mirrored] = gradient * kernel[at] / -s;
            }
        }
    }

    private double Bandwidth(int batch, ReadOnlySpan<double> squared)
    {
        var sum = 0.0;
        if (_rule == RenyiBandwidth.Mean)
        {
            foreach (var distance in squared)
                sum += distance;
            return sum / squared.Length;
        }

        var nearest = Math.Min(Neighbours, batch);
        var row = _row.AsSpan(0, batch);
        for (var i = 0; i < (_rule == RenyiBandwidth.Nearest ? batch : nearest); i++)
        {
            squared.Slice(i * batch, batch).CopyTo(row);
            if (_rule == RenyiBandwidth.Nearest)
                row.Sort();
            foreach (var distance in _rule == RenyiBandwidth.Nearest ? row[..nearest] : row)
                sum += Math.Sqrt(distance);
        }

        return sum / ((double)batch * nearest);
    }

    private void Reserve(int batch)
    {
        if (_row.Length >= batch)
            return;
        _kernelX = new double[batch * batch];
        _kernelZ = new double[batch * batch];
        _joint = new double[batch * batch];
        _slopeX = new double[batch * batch];
        _slopeZ = new double[batch * batch];
        _slopeJoint = new double[batch * batch];
        _row = new double[batch];
        _scratch = new double[MatrixProduct.ScratchElements];
    }
}
