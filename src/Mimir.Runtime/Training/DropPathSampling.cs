using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Training;

/// <summary>Draws drop-path factors: a branch of block i is dropped with probability rate·i/(depth − 1), and divided by its keep
/// probability where it stays (Huang et al. 2016; timm's linear rule).</summary>
internal static class DropPathSampling
{
    /// <summary>Fills [depth, 2, batch] factors.</summary>
    public static void Draw(RandomPurpose purpose, ulong seed, long step, double rate, int depth, int batch, DeviceSpan<float> factors)
    {
        Span<float> row = stackalloc float[2 * batch];
        var stream = new PhiloxStream(seed, RandomStreams.Of(purpose, step));
        for (var block = 0; block < depth; block++)
        {
            var keep = 1f - (float)(depth == 1 ? 0 : rate * block / (depth - 1));
            for (var i = 0; i < row.Length; i++)
                row[i] = stream.NextUniform() < keep ? 1f / keep : 0f;
            factors.Slice(2L * block * batch, row.Length).CopyFrom(row);
        }
    }
}
