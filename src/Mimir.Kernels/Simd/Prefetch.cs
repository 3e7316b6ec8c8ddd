using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Simd;

/// <summary>Asks for cache lines ahead of their use where a pattern is beyond the hardware's own prefetchers: rows of a tile, which lie a
/// whole matrix row apart. Nothing is read, so any address may be named; other processors ignore it.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Brings the lines of up to 32 floats at <paramref name="first"/>, and of as many at <paramref name="toSecond"/> bytes from there, to the
    /// first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(float* first, nint toSecond, int floats)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(first);
        Sse.Prefetch0((byte*)first + toSecond);
        if (floats > 16)
        {
            Sse.Prefetch0(first + 16);
            Sse.Prefetch0((byte*)(first + 16) + toSecond);
        }
    }
}
