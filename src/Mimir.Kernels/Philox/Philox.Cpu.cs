using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class Philox
{
    private const int Grain = 16384; // elements a task
    private const int BufferWords = 512; // words made at once: 2 KB, which the first-level cache keeps

    private static void UniformOnHost(HostDevice host, Source source, float low, float high, DeviceSpan<float> y) =>
        host.For(SimdLoop.Tasks(y.Length, Grain), new UniformKernel(source, low, high, y.Host, y.Length));

    private static void NormalOnHost(HostDevice host, Source source, float mean, float deviation, DeviceSpan<float> y) =>
        host.For(SimdLoop.Tasks(y.Length, Grain), new NormalKernel(source, mean, deviation, y.Host, y.Length));

    private readonly struct UniformKernel(Source source, float low, float high, float* y, long count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var fractions = stackalloc float[BufferWords];
            var range = S.Broadcast(high - low);
            var start = S.Broadcast(low);
            var below = S.Broadcast(LargestOf(low, high));
            var end = Math.Min(count, (long)to * Grain);
            for (var i = (long)from * Grain; i < end;)
            {
                var skip = FillFractions<V>(source, i, fractions);
                var length = (int)Math.Min(BufferWords - skip, end - i);
                var k = 0;
                for (; k <= length - S.Lanes; k += S.Lanes)
                    S.Store(y + i + k, S.Min(S.FusedMultiplyAdd(S.Load(fractions + skip + k), range, start), below));
                if (k < length)
                {
                    var u = S.LoadPartial(fractions + skip + k, length - k);
                    S.StorePartial(y + i + k, S.Min(S.FusedMultiplyAdd(u, range, start), below), length - k);
                }

                i += length;
            }
        }
    }

    private readonly struct NormalKernel(Source source, float mean, float deviation, float* y, long count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            const int pairs = BufferWords / 2;
            var buffers = stackalloc float[2 * BufferWords];
            float* fractions = buffers, radii = buffers + BufferWords, angles = radii + pairs;
            var end = Math.Min(count, (long)to * Grain);
            for (var i = (long)from * Grain; i < end;)
            {
                var skip = FillFractions<V>(source, i, fractions);
                for (var k = 0; k < pairs; k++)
                    (radii[k], angles[k]) = (fractions[2 * k], fractions[2 * k + 1]);
                for (var k = 0; k < pairs; k += S.Lanes)
                    Pair<S, V>(radii + k, angles + k);
                for (var k = 0; k < pairs; k++)
                    (fractions[2 * k], fractions[2 * k + 1]) = (radii[k], angles[k]);
                var length = (int)Math.Min(BufferWords - skip, end - i);
                new ReadOnlySpan<float>(fractions + skip, length).CopyTo(new Span<float>(y + i, length));
                i += length;
            }
        }

        /// <summary>Turns fractions (u − 2⁻²⁴, w) into the two normal numbers of each pair, in place.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Pair<S, V>(float* first, float* second) where S : struct, ISimd<V> where V : unmanaged
        {
            var u = S.Add(S.Load(first), S.Broadcast(1f / (1 << 24)));
            var radius = S.Sqrt(S.Multiply(S.Broadcast(-2f), VectorMath.Log<S, V>(u)));
            SineAndCosine<S, V>(S.Load(second), out var sine, out var cosine);
            S.Store(first, S.FusedMultiplyAdd(S.Multiply(radius, cosine), S.Broadcast(deviation), S.Broadcast(mean)));
            S.Store(second, S.FusedMultiplyAdd(S.Multiply(radius, sine), S.Broadcast(deviation), S.Broadcast(mean)));
        }
    }

    /// <summary>sin 2πw and cos 2πw for w in [0, 1), a multiple of 2⁻²⁴: the nearest quarter turn is taken off exactly, and the rest,
    /// at most an eighth of a turn, goes through the Taylor series to orders 9 and 10, which are exact to float32 there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SineAndCosine<S, V>(V w, out V sine, out V cosine) where S : struct, ISimd<V> where V : unmanaged
    {
        var quarter = S.Round(S.Multiply(w, S.Broadcast(4f))); // 0 to 4
        var x = S.Multiply(S.FusedMultiplyAdd(quarter, S.Broadcast(-0.25f), w), S.Broadcast(2 * MathF.PI));
        var square = S.Multiply(x, x);
        var p = S.Broadcast(1f / 362880);
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(-1f / 5040));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(1f / 120));
        p = S.FusedMultiplyAdd(p, square, S.Broadcast(-1f / 6));
        var sin = S.FusedMultiplyAdd(S.Multiply(p, square), x, x);
        var q = S.Broadcast(-1f / 3628800);
        q = S.FusedMultiplyAdd(q, square, S.Broadcast(1f / 40320));
        q = S.FusedMultiplyAdd(q, square, S.Broadcast(-1f / 720));
        q = S.FusedMultiplyAdd(q, square, S.Broadcast(1f / 24));
        q = S.FusedMultiplyAdd(q, square, S.Broadcast(-0.5f));
        var cos = S.FusedMultiplyAdd(q, square, S.Broadcast(1f));

        // Quarters 1 and 3 swap the two; the cosine is negative in quarters 1 and 2, the sine in 2 and 3.
        var odd = S.Abs(S.Subtract(S.Abs(S.Subtract(quarter, S.Broadcast(2f))), S.Broadcast(1f))); // 0 in quarters 1 and 3, else 1
        var half = S.Broadcast(0.5f);
        var one = S.Broadcast(1f);
        var c = S.SelectLess(odd, half, sin, cos);
        var s = S.SelectLess(odd, half, cos, sin);
        var cosineTurn = S.Abs(S.Subtract(quarter, S.Broadcast(1.5f)));
        var sineTurn = S.Abs(S.Subtract(quarter, S.Broadcast(2.5f)));
        cosine = S.SelectLess(cosineTurn, one, S.Subtract(S.Zero, c), c);
        sine = S.SelectLess(sineTurn, one, S.Subtract(S.Zero, s), s);
    }

    /// <summary>Fills the buffer with whole blocks of fractions that begin at or before element <paramref name="element"/> of the call;
    /// returns its place in the buffer, 0 to 3.</summary>
    private static int FillFractions<V>(Source source, long element, float* fractions)
    {
        var word = source.Offset + (ulong)element;
        if (typeof(V) == typeof(Vector512<float>))
            FillBlocks<Philox512, Vector512<ulong>>(source.Seed, source.Stream, word / 4, fractions);
        else if (typeof(V) == typeof(Vector256<float>))
            FillBlocks<Philox256, Vector256<ulong>>(source.Seed, source.Stream, word / 4, fractions);
        else
            FillBlocks<PhiloxScalar, ulong>(source.Seed, source.Stream, word / 4, fractions);
        return (int)(word % 4);
    }

    /// <summary>Two registers of blocks go side by side, so that one's products hide the other's latency.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillBlocks<L, U>(ulong seed, ulong stream, ulong firstBlock, float* fractions)
        where L : struct, IPhiloxLanes<U> where U : unmanaged
    {
        U m0 = L.Broadcast(PhiloxBlock.Multiplier0), m1 = L.Broadcast(PhiloxBlock.Multiplier1);
        for (var block = 0; block < BufferWords / 4; block += 2 * L.Lanes)
        {
            U a0 = L.Indices(firstBlock + (ulong)block), b0 = L.Indices(firstBlock + (ulong)(block + L.Lanes));
            U a1 = L.High(a0), b1 = L.High(b0);
            U a2 = L.Broadcast(stream), a3 = L.Broadcast(stream >> 32), b2 = a2, b3 = a3;
            uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
            for (var round = 0; round < PhiloxBlock.Rounds; round++, k0 += PhiloxBlock.Weyl0, k1 += PhiloxBlock.Weyl1)
            {
                U key0 = L.Broadcast(k0), key1 = L.Broadcast(k1);
                U p0 = L.Multiply(a0, m0), p1 = L.Multiply(a2, m1);
                U q0 = L.Multiply(b0, m0), q1 = L.Multiply(b2, m1);
                a0 = L.Xor(L.High(p1), a1, key0);
                a2 = L.Xor(L.High(p0), a3, key1);
                b0 = L.Xor(L.High(q1), b1, key0);
                b2 = L.Xor(L.High(q0), b3, key1);
                (a1, a3, b1, b3) = (p1, p0, q1, q0);
            }

            L.Store(fractions + 4 * block, a0, a1, a2, a3);
            L.Store(fractions + 4 * (block + L.Lanes), b0, b1, b2, b3);
        }
    }
}
