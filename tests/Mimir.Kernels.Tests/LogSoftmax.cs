namespace Mimir.Kernels.Tests;

/// <summary>Log-probabilities of a row of logits in float64.</summary>
internal static class LogSoftmax
{
    public static double[] Of(ReadOnlySpan<double> logits)
    {
        var row = logits.ToArray();
        var max = row.Max();
        var log = max + Math.Log(row.Sum(x => Math.Exp(x - max)));
        return Array.ConvertAll(row, x => x - log);
    }
}
