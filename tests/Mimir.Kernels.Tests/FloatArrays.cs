namespace Mimir.Kernels.Tests;

/// <summary>Conversions of test data.</summary>
internal static class FloatArrays
{
    /// <summary>The same values in float64.</summary>
    public static double[] ToDoubles(this float[] values) => Array.ConvertAll(values, v => (double)v);
}
