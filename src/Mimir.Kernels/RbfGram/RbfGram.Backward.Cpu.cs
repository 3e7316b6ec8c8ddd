using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class RbfGram
{
    private const int ChunkColumns = 64; // columns a task: 256 bytes of a row
    private const int WidestPair = 16; // columns of two of the widest registers

    private static void BackwardOnHost(
        HostDevice host, DeviceSpan<float> a, DeviceSpan<double> weights, int batch, int columns, double scale, bool accumulate,
        DeviceSpan<float> dA) =>
        host.ForDoubles(
            SimdLoop.Tasks(columns, ChunkColumns),
            new BackwardKernel(a.Host, weights.Host, batch, columns, scale, accumulate, dA.Host));

    /// <summary>A task is a chunk of columns of all rows. It is cut into strips of two registers, and each strip is first copied to a
    /// panel of B short rows, one behind the other: in place those rows are a power of two apart and would evict each other.</summary>
    private readonly struct BackwardKernel(
        float* a, double* weights, int batch, int columns, double scale, bool accumulate, float* dA) : IDoubleKernel
    {
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var sums = stackalloc double[TileRows * WidestPair];
            var edge = stackalloc float[WidestPair];
            var stripColumns = 2 * L.Lanes;
            var panel = LaneScratch.Floats(ScratchSlot.GramPanel, (long)batch * stripColumns);
            var end = (int)Math.Min(columns, (long)to * ChunkColumns);
            for (var c = from * ChunkColumns; c < end; c += stripColumns)
            {
                var used = Math.Min(stripColumns, end - c);
                for (var j = 0; j < batch; j++)
                {
                    var row = new Span<float>(panel + (long)j * stripColumns, stripColumns);
                    new ReadOnlySpan<float>(a + (long)j * columns + c, used).CopyTo(row);
                    row[used..].Clear();
                }

                for (var i = 0; i < batch; i += TileRows)
                {
                    Sums<L, D>(panel, i, sums);
                    for (var r = 0; r < Math.Min(TileRows, batch - i); r++)
                        Write<L, D>(sums + r * stripColumns, dA + (long)(i + r) * columns + c, used, edge);
                }
            }
        }

        /// <summary>Σ_j weights[i, j]·(a[i] − a[j]) for four rows i in one strip. It calls nothing, or the compiler would keep the sums in
        /// memory rather than in registers.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Sums<L, D>(float* panel, int first, double* sums) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var last = batch - 1;
            int r0 = first, r1 = Math.Min(first + 1, last), r2 = Math.Min(first + 2, last), r3 = Math.Min(first + 3, last);
            var strip = 2L * L.Lanes;
            double* w0 = weights + (long)r0 * batch, w1 = weights + (long)r1 * batch;
            double* w2 = weights + (long)r2 * batch, w3 = weights + (long)r3 * batch;
            D x00 = L.Widen(panel + r0 * strip), x01 = L.Widen(panel + r0 * strip + L.Lanes);
            D x10 = L.Widen(panel + r1 * strip), x11 = L.Widen(panel + r1 * strip + L.Lanes);
            D x20 = L.Widen(panel + r2 * strip), x21 = L.Widen(panel + r2 * strip + L.Lanes);
            D x30 = L.Widen(panel + r3 * strip), x31 = L.Widen(panel + r3 * strip + L.Lanes);
            var zero = L.Broadcast(0);
            D s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
            var row = panel;
            for (var j = 0; j <= last; j++, row += strip)
            {
                D y0 = L.Widen(row), y1 = L.Widen(row + L.Lanes);
                var weight = L.Broadcast(w0[j]);
                s00 = L.FusedMultiplyAdd(weight, L.Subtract(x00, y0), s00);
                s01 = L.FusedMultiplyAdd(weight, L.Subtract(x01, y1), s01);
                weight = L.Broadcast(w1[j]);
                s10 = L.FusedMultiplyAdd(weight, L.Subtract(x10, y0), s10);
                s11 = L.FusedMultiplyAdd(weight, L.Subtract(x11, y1), s11);
                weight = L.Broadcast(w2[j]);
                s20 = L.FusedMultiplyAdd(weight, L.Subtract(x20, y0), s20);
                s21 = L.FusedMultiplyAdd(weight, L.Subtract(x21, y1), s21);
                weight = L.Broadcast(w3[j]);
                s30 = L.FusedMultiplyAdd(weight, L.Subtract(x30, y0), s30);
                s31 = L.FusedMultiplyAdd(weight, L.Subtract(x31, y1), s31);
            }

            L.Store(sums, s00);
            L.Store(sums + L.Lanes, s01);
            L.Store(sums + 2 * L.Lanes, s10);
            L.Store(sums + 3 * L.Lanes, s11);
            L.Store(sums + 4 * L.Lanes, s20);
            L.Store(sums + 5 * L.Lanes, s21);
            L.Store(sums + 6 * L.Lanes, s30);
            L.Store(sums + 7 * L.Lanes, s31);
        }

        /// <summary>One row of a strip to its place, of which <paramref name="used"/> columns exist.</summary>
        private void Write<L, D>(double* sums, float* destination, int used, float* edge)
            where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var target = used == 2 * L.Lanes ? destination : edge;
            if (accumulate && target == edge)
                new ReadOnlySpan<float>(destination, used).CopyTo(new Span<float>(edge, used));
            var factor = L.Broadcast(2 * scale);
            for (var c = 0; c < 2 * L.Lanes; c += L.Lanes)
            {
                var before = accumulate ? L.Widen(target + c) : L.Broadcast(0);
                L.Narrow(target + c, L.FusedMultiplyAdd(factor, L.Load(sums + c), before));
            }

            if (target == edge)
                new ReadOnlySpan<float>(edge, used).CopyTo(new Span<float>(destination, used));
        }
    }
}
