namespace Mimir.Runtime.Tests;

/// <summary>Seeded numbers for tests.</summary>
internal static class SeededValues
{
    /// <summary>Normal with mean 0.</summary>
    public static float[] Normal(long count, int seed, double deviation = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    /// <summary>Uniform in [0, 1): pixels.</summary>
    public static float[] Pixels(long count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return values;
    }

    /// <summary>The bits of floats, so that NaN equals NaN and −0 differs from 0.</summary>
    public static int[] Bits(this float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
