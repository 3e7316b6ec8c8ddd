using System.Numerics;

namespace Mimir.Runtime.Data;

/// <summary>The random streams of the data: one for the order of an epoch, one for every image in every epoch. A stream is found by its
/// numbers alone, so what an image becomes depends on nothing but (seed, epoch, image), and a run can go on anywhere.
/// The generator is SplitMix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014); its start is the hash of
/// the stream's numbers. One object holds one stream at a time and is not thread-safe.</summary>
public sealed class DataRandom : IRandomSource
{
    private const ulong Increment = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio
    private const uint OrderStream = uint.MaxValue; // no image has this number

    private ulong _state;

    /// <summary>Goes to the start of an image's stream.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="image">Its number in the data set.</param>
    public void SeekImage(ulong seed, int epoch, int image) => Seek(seed, epoch, (uint)image);

    /// <summary>Goes to the start of the stream that orders an epoch.</summary>
    /// <inheritdoc cref="SeekImage"/>
    public void SeekOrder(ulong seed, int epoch) => Seek(seed, epoch, OrderStream);

    /// <inheritdoc/>
    public float NextUniform() => (Next() >> 40) * (1f / (1 << 24));

    /// <inheritdoc/>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var range = (ulong)bound;
        var high = Math.BigMul(Next(), range, out var low);
        if (low < range)
        {
            // Lemire 2019, Fast Random Integer Generation in an Interval: without this few results would come up more often.
            for (var threshold = (0 - range) % range; low < threshold;)
                high = Math.BigMul(Next(), range, out low);
        }

        return (int)high;
    }

    /// <summary>Puts elements in a random order, all orders being equally likely (Fisher and Yates).</summary>
    public void Shuffle(Span<int> elements)
    {
        for (var last = elements.Length - 1; last > 0; last--)
        {
            var other = NextInt(last + 1);
            (elements[last], elements[other]) = (elements[other], elements[last]);
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private void Seek(ulong seed, int epoch, uint stream) =>
        _state = Mix(Mix(seed + Increment) ^ BitOperations.RotateLeft(Mix((((ulong)(uint)epoch << 32) | stream) + Increment), 32));

    private ulong Next() => Mix(_state += Increment);
}
