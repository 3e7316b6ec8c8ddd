using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>A warp's 32 lanes as vectors.</summary>
internal static class Lanes
{
    /// <summary>Threads of a warp.</summary>
    public const int Count = 32;

    /// <summary>Every lane.</summary>
    public const uint All = uint.MaxValue;

    /// <summary>Bytes of a register whose lanes have 32 bits. 16-bit registers have such lanes too, zero-extended.</summary>
    public const int Bytes32 = 4 * Count;

    /// <summary>Bytes of a register whose lanes have 64 bits.</summary>
    public const int Bytes64 = 8 * Count;

    /// <summary>All ones in the lanes of 16 consecutive bits of a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Select32(uint mask, int firstLane)
    {
        var bits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(mask >> firstLane) & bits, bits);
    }

    /// <summary>All ones in the lanes of 8 consecutive bits of a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Select64(uint mask, int firstLane)
    {
        var bits = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create((ulong)(mask >> firstLane)) & bits, bits);
    }
}
