namespace Mimir.Runtime.Verification;

/// <summary>The exact pseudo-random values that golden files name instead of storing them: splitmix64 of the counter, top 24 bits k,
/// value (2k − 2^24)/2^24.</summary>
internal static class ParameterStream
{
    private const int Samples = 512;

    /// <summary><paramref name="count"/> values in [−1, 1).</summary>
    public static float[] Values(ulong seed, long count)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            var z = seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            var k = (long)(z >> 40);
            values[i] = (2 * k - (1 << 24)) / (float)(1 << 24);
        }

        return values;
    }

    /// <summary>Elements 0, s, 2s, … with s = max(1, size div 512) | 1: the short form of a tensor.</summary>
    public static float[] Sample(ReadOnlySpan<float> values)
    {
        var stride = Math.Max(1, values.Length / Samples) | 1;
        var sample = new float[(values.Length + stride - 1) / stride];
        for (var i = 0; i < sample.Length; i++)
            sample[i] = values[i * stride];
        return sample;
    }
}
