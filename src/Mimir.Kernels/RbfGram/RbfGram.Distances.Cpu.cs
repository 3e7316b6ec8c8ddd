using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class RbfGram
{
    // A tile is 4 rows against 4 others: 16 sums and 8 rows fill 24 of AVX-512's 32 registers, and a row is widened once for 4 uses.
    private const int TileRows = 4;

    private static void SquaredDistancesOnHost(HostDevice host, DeviceSpan<float> a, int batch, int columns, DeviceSpan<double> distances)
    {
        var blocks = SimdLoop.Tasks(batch, TileRows);
        host.ForDoubles((blocks + 1) / 2, new DistancesKernel(a.Host, batch, columns, distances.Host));
    }

    /// <summary>Row block k has the tiles (k, k), (k, k+1), … to its right and writes each value and its mirror image. A task is row block
    /// k together with k-th last, so that all tasks are equally long.</summary>
    private readonly struct DistancesKernel(float* a, int batch, int columns, double* distances) : IDoubleKernel
    {
        public void Run<L, D>(int from, int to) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var blocks = SimdLoop.Tasks(batch, TileRows);
            for (var task = from; task < to; task++)
            {
                RowBlock<L, D>(task, blocks);
                if (blocks - 1 - task != task)
                    RowBlock<L, D>(blocks - 1 - task, blocks);
            }
        }

        private void RowBlock<L, D>(int block, int blocks) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var sums = stackalloc double[TileRows * TileRows];
            for (var other = block; other < blocks; other++)
            {
                var (firstI, firstJ) = (block * TileRows, other * TileRows);
                Tile<L, D>(firstI, firstJ, sums);
                for (var i = firstI; i < Math.Min(firstI + TileRows, batch); i++)
                {
                    for (var j = Math.Max(i, firstJ); j < Math.Min(firstJ + TileRows, batch); j++)
                    {
                        var value = sums[(i - firstI) * TileRows + j - firstJ];
                        distances[(long)i * batch + j] = value;
                        distances[(long)j * batch + i] = value;
                    }
                }
            }
        }

        // Rows beyond the batch read the last row again; their sums are not used.
        private float* Row(int i) => a + (long)Math.Min(i, batch - 1) * columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Tile<L, D>(int firstI, int firstJ, double* sums) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            float* i0 = Row(firstI), i1 = Row(firstI + 1), i2 = Row(firstI + 2), i3 = Row(firstI + 3);
            float* j0 = Row(firstJ), j1 = Row(firstJ + 1), j2 = Row(firstJ + 2), j3 = Row(firstJ + 3);
            var zero = L.Broadcast(0);
            D s00 = zero, s01 = zero, s02 = zero, s03 = zero, s10 = zero, s11 = zero, s12 = zero, s13 = zero;
            D s20 = zero, s21 = zero, s22 = zero, s23 = zero, s30 = zero, s31 = zero, s32 = zero, s33 = zero;
            long c = 0;
            for (; c <= columns - L.Lanes; c += L.Lanes)
            {
                D x0 = L.Widen(i0 + c), x1 = L.Widen(i1 + c), x2 = L.Widen(i2 + c), x3 = L.Widen(i3 + c);
                var y = L.Widen(j0 + c);
                s00 = AddSquare<L, D>(x0, y, s00);
                s10 = AddSquare<L, D>(x1, y, s10);
                s20 = AddSquare<L, D>(x2, y, s20);
                s30 = AddSquare<L, D>(x3, y, s30);
                y = L.Widen(j1 + c);
                s01 = AddSquare<L, D>(x0, y, s01);
                s11 = AddSquare<L, D>(x1, y, s11);
                s21 = AddSquare<L, D>(x2, y, s21);
                s31 = AddSquare<L, D>(x3, y, s31);
                y = L.Widen(j2 + c);
                s02 = AddSquare<L, D>(x0, y, s02);
                s12 = AddSquare<L, D>(x1, y, s12);
                s22 = AddSquare<L, D>(x2, y, s22);
                s32 = AddSquare<L, D>(x3, y, s32);
                y = L.Widen(j3 + c);
                s03 = AddSquare<L, D>(x0, y, s03);
                s13 = AddSquare<L, D>(x1, y, s13);
                s23 = AddSquare<L, D>(x2, y, s23);
                s33 = AddSquare<L, D>(x3, y, s33);
            }

            (sums[0], sums[1], sums[2], sums[3]) = (L.Sum(s00), L.Sum(s01), L.Sum(s02), L.Sum(s03));
            (sums[4], sums[5], sums[6], sums[7]) = (L.Sum(s10), L.Sum(s11), L.Sum(s12), L.Sum(s13));
            (sums[8], sums[9], sums[10], sums[11]) = (L.Sum(s20), L.Sum(s21), L.Sum(s22), L.Sum(s23));
            (sums[12], sums[13], sums[14], sums[15]) = (L.Sum(s30), L.Sum(s31), L.Sum(s32), L.Sum(s33));
            for (; c < columns; c++)
            {
                for (var k = 0; k < TileRows * TileRows; k++)
                {
                    var difference = Row(firstI + k / TileRows)[c] - (double)Row(firstJ + k % TileRows)[c];
                    sums[k] += difference * difference;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static D AddSquare<L, D>(D x, D y, D sum) where L : struct, IDoubleLanes<D> where D : unmanaged
        {
            var difference = L.Subtract(x, y);
            return L.FusedMultiplyAdd(difference, difference, sum);
        }
    }
}
