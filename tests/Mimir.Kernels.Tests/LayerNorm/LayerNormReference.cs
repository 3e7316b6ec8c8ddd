namespace Mimir.Kernels.Tests;

/// <summary>Layer normalisation in float64, straight from the formulas.</summary>
internal sealed class LayerNormReference
{
    private readonly double[] _x;
    private readonly double[] _weight;
    private readonly int _rows;
    private readonly int _channels;

    public LayerNormReference(double[] x, double[] weight, double[] bias, int rows, int channels, double epsilon)
    {
        (_x, _weight, _rows, _channels) = (x, weight, rows, channels);
        (Y, Mean, Rstd) = (new double[x.Length], new double[rows], new double[rows]);
        for (var r = 0; r < rows; r++)
        {
            var row = x.AsSpan(r * channels, channels);
            double mean = 0, variance = 0;
            foreach (var v in row)
                mean += v / channels;
            foreach (var v in row)
                variance += (v - mean) * (v - mean) / channels;
            (Mean[r], Rstd[r]) = (mean, 1 / Math.Sqrt(variance + epsilon));
            for (var c = 0; c < channels; c++)
                Y[r * channels + c] = (row[c] - mean) * Rstd[r] * weight[c] + bias[c];
        }
    }

    public double[] Y { get; }

    public double[] Mean { get; }

    public double[] Rstd { get; }

    public (double[] DX, double[] DWeight, double[] DBias) Backward(double[] dY)
    {
        var (dX, dWeight, dBias) = (new double[dY.Length], new double[_channels], new double[_channels]);
        for (var r = 0; r < _rows; r++)
        {
            double mean = 0, dot = 0;
            for (var c = 0; c < _channels; c++)
            {
                var i = r * _channels + c;
                var n = (_x[i] - Mean[r]) * Rstd[r];
                mean += dY[i] * _weight[c] / _channels;
                dot += dY[i] * _weight[c] * n / _channels;
                dWeight[c] += dY[i] * n;
                dBias[c] += dY[i];
            }

            for (var c = 0; c < _channels; c++)
            {
                var i = r * _channels + c;
                dX[i] = Rstd[r] * (dY[i] * _weight[c] - mean - (_x[i] - Mean[r]) * Rstd[r] * dot);
            }
        }

        return (dX, dWeight, dBias);
    }
}
