namespace Mimir.Kernels;

/// <summary>One Philox stream, drawn word by word on the host. <see cref="Position"/> is all of its state: a stream of the same seed,
/// number and position goes on with the same draws. The words are those of <see cref="Philox"/>.
/// A mutable value: pass it by reference.</summary>
/// <param name="seed">The key.</param>
/// <param name="stream">An independent sequence of that key.</param>
public struct PhiloxStream(ulong seed, ulong stream)
{
    private readonly ulong _seed = seed;
    private readonly ulong _stream = stream;
    private PhiloxBlock _block;
    private ulong _blockEnd; // the word behind the cached block; 0 when there is none

    /// <summary>Number of the next word.</summary>
    public ulong Position { get; set; }

    /// <summary>The next word.</summary>
    public uint NextUInt32()
    {
        var end = (Position | 3) + 1;
        if (_blockEnd != end)
            (_block, _blockEnd) = (PhiloxBlock.Of(_seed, Position / 4, _stream), end);
        return (Position++ % 4) switch
        {
            0 => _block.Word0,
            1 => _block.Word1,
            2 => _block.Word2,
            _ => _block.Word3,
        };
    }

    /// <summary>A number in [0, 1) with 24 random bits, from one word: the same that <see cref="Philox.Uniform"/> gives there.</summary>
    public float NextUniform() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>A whole number in [0, <paramref name="bound"/>), every one equally likely
    /// (Lemire 2019, arXiv:1805.10941): one word, rarely more.</summary>
    /// <param name="bound">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var range = (uint)bound;
        var product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            // Of the 2^32 words the first 2^32 mod bound in each bucket's order are one too many: draw again.
            var threshold = (0u - range) % range;
            while ((uint)product < threshold)
                product = (ulong)NextUInt32() * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>Puts the items in random order, every order equally likely (Fisher and Yates, from the end to the front).</summary>
    public void Shuffle(Span<int> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
