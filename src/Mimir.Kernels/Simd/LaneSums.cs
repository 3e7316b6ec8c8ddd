using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Simd;

/// <summary>Sums across the lanes of many registers at once: merging pairs takes three operations a register where one sum takes eight.</summary>
internal static unsafe class LaneSums
{
    /// <summary>Writes factor · (sum of the lanes) of a0 to a7 and then of b0 to b7, 16 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Eight<S, V>(
        V a0, V a1, V a2, V a3, V a4, V a5, V a6, V a7, V b0, V b1, V b2, V b3, V b4, V b5, V b6, V b7, float factor, float* destination)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        if (typeof(V) == typeof(Vector512<float>))
        {
            // Quad(w, x, y, z) has a quarter for each of its arguments; of four quads, Interleaved puts lane i's sums side by side.
            var sums = Interleaved(
                Quad(Of(a0), Of(a4), Of(b0), Of(b4)), Quad(Of(a1), Of(a5), Of(b1), Of(b5)),
                Quad(Of(a2), Of(a6), Of(b2), Of(b6)), Quad(Of(a3), Of(a7), Of(b3), Of(b7)));
            (sums * factor).Store(destination);
            return;
        }

        destination[0] = factor * S.Sum(a0);
        destination[1] = factor * S.Sum(a1);
        destination[2] = factor * S.Sum(a2);
        destination[3] = factor * S.Sum(a3);
        destination[4] = factor * S.Sum(a4);
        destination[5] = factor * S.Sum(a5);
        destination[6] = factor * S.Sum(a6);
        destination[7] = factor * S.Sum(a7);
        destination[8] = factor * S.Sum(b0);
        destination[9] = factor * S.Sum(b1);
        destination[10] = factor * S.Sum(b2);
        destination[11] = factor * S.Sum(b3);
        destination[12] = factor * S.Sum(b4);
        destination[13] = factor * S.Sum(b5);
        destination[14] = factor * S.Sum(b6);
        destination[15] = factor * S.Sum(b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of<V>(V value) where V : unmanaged => Unsafe.BitCast<V, Vector512<float>>(value);

    // Quarter i of the result holds four partial sums of the i-th argument.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quad(Vector512<float> w, Vector512<float> x, Vector512<float> y, Vector512<float> z)
    {
        var wx = Avx512F.Shuffle4x128(w, x, 0b01_00_01_00) + Avx512F.Shuffle4x128(w, x, 0b11_10_11_10);
        var yz = Avx512F.Shuffle4x128(y, z, 0b01_00_01_00) + Avx512F.Shuffle4x128(y, z, 0b11_10_11_10);
        return Avx512F.Shuffle4x128(wx, yz, 0b10_00_10_00) + Avx512F.Shuffle4x128(wx, yz, 0b11_01_11_01);
    }

    // In each quarter: the sum of that quarter of e, of f, of g, of h.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Interleaved(Vector512<float> e, Vector512<float> f, Vector512<float> g, Vector512<float> h)
    {
        var ef = Avx512F.UnpackLow(e, f) + Avx512F.UnpackHigh(e, f);
        var gh = Avx512F.UnpackLow(g, h) + Avx512F.UnpackHigh(g, h);
        return Avx512F.Shuffle(ef, gh, 0b01_00_01_00) + Avx512F.Shuffle(ef, gh, 0b11_10_11_10);
    }
}
