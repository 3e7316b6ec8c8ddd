using System.Runtime.CompilerServices;

namespace Mimir.Kernels;

/// <summary>Four words of a Philox stream, and the rounds that make them from a key and a counter.</summary>
/// <param name="Word0">Word 0.</param>
/// <param name="Word1">Word 1.</param>
/// <param name="Word2">Word 2.</param>
/// <param name="Word3">Word 3.</param>
internal readonly record struct PhiloxBlock(uint Word0, uint Word1, uint Word2, uint Word3)
{
    /// <summary>Number of rounds.</summary>
    public const int Rounds = 10;

    /// <summary>Multiplier of word 0.</summary>
    public const uint Multiplier0 = 0xD2511F53;

    /// <summary>Multiplier of word 2.</summary>
    public const uint Multiplier1 = 0xCD9E8D57;

    /// <summary>What a round adds to the key's low word: the golden ratio.</summary>
    public const uint Weyl0 = 0x9E3779B9;

    /// <summary>What a round adds to the key's high word: √3 − 1.</summary>
    public const uint Weyl1 = 0xBB67AE85;

    /// <summary>Encrypts the counter (index, stream) with the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxBlock Of(ulong key, ulong index, ulong stream)
    {
        uint c0 = (uint)index, c1 = (uint)(index >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (var round = 0; round < Rounds; round++, k0 += Weyl0, k1 += Weyl1)
        {
            var p0 = (ulong)Multiplier0 * c0;
            var p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
        }

        return new PhiloxBlock(c0, c1, c2, c3);
    }
}
