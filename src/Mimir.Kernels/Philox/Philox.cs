using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Counter-based random numbers, Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
/// <para>The seed is the key (low word first); the counter is the block number in its two low words and the stream in its two high
/// words. Word w of a stream is word w mod 4 of block w / 4, so element i of a call depends on (seed, stream, offset + i) alone: it is the
/// same for every SIMD width, number of threads, device and way to split a draw into calls. Offsets go up to 2⁶³.</para>
/// <para>No elements is a no-op.</para></summary>
public static partial class Philox
{
    /// <summary>Uniform numbers in [low, high): y[i] = fma(u, high − low, low), u = (word(offset + i) &gt;&gt; 8)·2⁻²⁴,
    /// held below high where the rounding would reach it. With low = high every element is low.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">An independent sequence of that key.</param>
    /// <param name="offset">Number of the first element in the stream.</param>
    /// <param name="low">Smallest value.</param>
    /// <param name="high">Bound, not below <paramref name="low"/>.</param>
    /// <param name="y">Any shape, overwritten.</param>
    /// <exception cref="ArgumentOutOfRangeException">high is below low, or one of them is not finite.</exception>
    public static void Uniform(ulong seed, ulong stream, ulong offset, float low, float high, DeviceSpan<float> y)
    {
        const string entry = "Philox.Uniform";
        if (!(low <= high) || !float.IsFinite(low) || !float.IsFinite(high))
            throw new ArgumentOutOfRangeException(nameof(high), $"{entry}: [{low}, {high}) is no range");
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 2.0 * y.Length, 4.0 * y.Length, new(y.Length));
        if (PtxDevice.Is(y, out var gpu))
            UniformOnPtx(gpu, new Source(seed, stream, offset), low, high, y);
        else
            UniformOnHost(HostDevice.Of(y, entry), new Source(seed, stream, offset), low, high, y);
    }

    /// <summary>Normal numbers by Box and Muller (1958). Elements 2k and 2k+1 of a stream come from its words 2k and 2k+1: with
    /// u = ((word(2k) &gt;&gt; 8) + 1)·2⁻²⁴ in (0, 1], w = (word(2k+1) &gt;&gt; 8)·2⁻²⁴ and r = √(−2 ln u) they are
    /// fma(r·cos 2πw, deviation, mean) and fma(r·sin 2πw, deviation, mean). Logarithm, sine and cosine are fixed polynomials in
    /// fused multiply-adds, so a device that follows IEEE 754 gives the same bits. |r| is at most 5.77.</summary>
    /// <param name="seed">The key.</param>
    /// <param name="stream">An independent sequence of that key.</param>
    /// <param name="offset">Number of the first element in the stream, odd or even.</param>
    /// <param name="mean">Mean.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="y">Any shape, overwritten.</param>
    public static void Normal(ulong seed, ulong stream, ulong offset, float mean, float deviation, DeviceSpan<float> y)
    {
        const string entry = "Philox.Normal";
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 40.0 * y.Length, 4.0 * y.Length, new(y.Length));
        if (PtxDevice.Is(y, out var gpu))
            NormalOnPtx(gpu, new Source(seed, stream, offset), mean, deviation, y);
        else
            NormalOnHost(HostDevice.Of(y, entry), new Source(seed, stream, offset), mean, deviation, y);
    }

    /// <summary>The largest number of [low, high), to which rounding is held; low itself where there is no other.</summary>
    private static float LargestOf(float low, float high) => low < high ? MathF.BitDecrement(high) : high;

    /// <summary>Where a draw begins.</summary>
    private readonly record struct Source(ulong Seed, ulong Stream, ulong Offset);
}
