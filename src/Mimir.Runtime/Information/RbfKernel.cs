using System.Numerics;

namespace Mimir.Runtime.Information;

/// <summary>The Gram matrix K of one side under the RBF kernel exp(−D/w), held as K − 1: with the usual bandwidths K is nearly
/// all ones, centring removes the ones, and 1 − K formed by subtraction would lose the digits that matter.</summary>
internal sealed class RbfKernel
{
    private double[] _lessOne = [];
    private double[] _centred = [];
    private double[] _means = [];
    private double[] _pairs = [];
    private int _batch;
    private double _width;

    /// <summary>H·K·H, filled by <see cref="TryFill"/>; the owner may overwrite it.</summary>
    public Span<double> Centred => _centred.AsSpan(0, _batch * _batch);

    /// <summary>Computes the matrix for <paramref name="batch"/> rows.</summary>
    /// <param name="sigma">σ in w = 2σ²·columns; null takes the median heuristic, w = 2·median of the squared distances of pairs.</param>
    /// <returns>False where the width is not positive and finite.</returns>
    public bool TryFill(int batch, RowDistances distances, double? sigma)
    {
        _batch = batch;
        if (_lessOne.Length < batch * batch)
        {
            _lessOne = new double[batch * batch];
            _centred = new double[batch * batch];
            _means = new double[batch];
        }

        _width = sigma is { } given ? 2 * given * given * distances.Columns : 2 * MedianOfPairs(distances.Squared);
        if (!(_width > 0) || !double.IsFinite(_width))
            return false;
        var lessOne = _lessOne.AsSpan(0, batch * batch);
        NegativeExponential.LessOne(distances.Squared, 1 / _width, lessOne);
        lessOne.CopyTo(_centred);
        SquareMatrix.Centre(Centred, batch, _means);
        return true;
    }

    /// <summary>Takes a gradient with respect to H·K·H back to the distances: weights = G + Gᵀ for G = H·g·H ∘ K·(−1/w)·scale.</summary>
    /// <param name="gradient">g [batch, batch], symmetric up to rounding; overwritten.</param>
    public void Backward(Span<double> gradient, double scale, Span<double> weights)
    {
        SquareMatrix.Centre(gradient, _batch, _means);
        var factor = -scale / _width;
        for (var i = 0; i < _batch; i++)
        {
            weights[i * _batch + i] = 0;
            for (var j = 0; j < i; j++)
            {
                var at = i * _batch + j;
                var mirrored = j * _batch + i;
                weights[at] = weights[mirrored] = factor * (gradient[at] + gradient[mirrored]) * (1 + _lessOne[at]);
            }
        }
    }

    private double MedianOfPairs(ReadOnlySpan<double> squared)
    {
        var count = _batch * (_batch - 1) / 2;
        if (_pairs.Length < count)
            _pairs = new double[count];
        var pairs = _pairs.AsSpan(0, count);
        for (int i = 1, at = 0; i < _batch; at += i, i++)
            squared.Slice(i * _batch, i).CopyTo(pairs[at..]);
        if (count == 0 || !SquareMatrix.IsFinite(pairs))
            return double.NaN;
        pairs.Sort();
        return (pairs[(count - 1) / 2] + pairs[count / 2]) / 2;
    }
}
