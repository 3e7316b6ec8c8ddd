using Mimir.Kernels;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Attacks;

/// <summary>The random numbers of one run of the square attack on one image. There are two streams: one of what the original draws once for
/// a whole batch (windows, the colours of an L∞ window, which way a bump lies) and one of what it draws for each image. A mutable value.</summary>
internal struct SquareDraws
{
    private PhiloxStream _shared;
    private PhiloxStream _own;

    /// <summary>Begins a run.</summary>
    /// <param name="seed">The attack's seed.</param>
    /// <param name="attempt">Which restart.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="reference">Whether the first stream is the same for all images.</param>
    public SquareDraws(ulong seed, int attempt, int image, bool reference)
    {
        _shared = new PhiloxStream(seed, Stream(RandomPurpose.SquareWindow, attempt, reference ? -1 : image));
        _own = new PhiloxStream(seed, Stream(RandomPurpose.SquareSign, attempt, image));
    }

    /// <summary>Signs that every image has of its own: ±1, as likely.</summary>
    public void OwnSigns(Span<float> signs) => Signs(ref _own, signs);

    /// <summary>Signs that a batch shares in the original.</summary>
    public void SharedSigns(Span<float> signs) => Signs(ref _shared, signs);

    /// <summary>One of two, as likely: 0 or 1.</summary>
    public int Coin() => (int)(_shared.NextUInt32() >> 31);

    /// <summary>Where a window begins along an axis: ⌊u · (side − window)⌋ with u in [0, 1), which never reaches the last place.</summary>
    public int Place(int side, int window) => (int)(_shared.NextUniform() * (side - window));

    private static void Signs(ref PhiloxStream stream, Span<float> signs)
    {
        foreach (ref var sign in signs)
            sign = stream.NextUInt32() >> 31 == 1 ? 1f : -1f;
    }

    private static ulong Stream(RandomPurpose purpose, int attempt, int image) => RandomStreams.Of(purpose, ((long)attempt << 32) | (uint)image);
}
