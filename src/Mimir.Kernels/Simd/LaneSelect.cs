using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Simd;

/// <summary>Picks lanes by their number: for remainders whose missing lanes must not be zero.</summary>
internal static unsafe class LaneSelect
{
    private static ReadOnlySpan<float> Numbers => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary><paramref name="value"/> in the first <paramref name="count"/> lanes, <paramref name="otherwise"/> in the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V First<S, V>(int count, V value, V otherwise) where S : struct, ISimd<V> where V : unmanaged
    {
        // Constant data of the module, which never moves.
        var numbers = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Numbers));
        return S.SelectLess(S.Load(numbers), S.Broadcast(count), value, otherwise);
    }
}
