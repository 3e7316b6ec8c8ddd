using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Takes the finished registers of a <see cref="AttentionTile"/> product.</summary>
internal interface ITileEnd
{
    /// <summary>Takes one register: row <paramref name="row"/>, columns from <paramref name="vector"/>·Lanes on. Called once for each
    /// register.</summary>
    void Take<S, V>(int row, int vector, V value) where S : struct, ISimd<V> where V : unmanaged;
}

/// <summary>The one product that every step of attention is made of: row i, vector c of the result is
/// Σ_t a[i·aRow + t·aStep] · b[t·bStep + c·Lanes …]. The left operand is broadcast from wherever it lies, so it may be read along
/// either axis and is never packed; the right operand and the result have vectors along their last axis.</summary>
/// <remarks>Twelve accumulators where the shape allows: enough to hide the latency of two fused multiply-adds a cycle, and few enough
/// for 16 registers.</remarks>
internal static unsafe class AttentionTile
{
    private const int Rows = 6;
    private const int Short = 4;

    /// <summary>Computes <paramref name="rows"/> × <paramref name="vectors"/> registers and hands them to <paramref name="end"/>.</summary>
    public static void Product<S, V, TEnd>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, int rows, int vectors, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        var vector = 0;
        for (; vector + 2 <= vectors; vector += 2)
        {
            for (var row = 0; row < rows;)
            {
                // Fours where sixes would leave rows unused: 16 is 6 + 6 + 4 and 32 is 4 · 6 + 2 · 4.
                var left = rows - row;
                var at = a + row * aRow;
                if (left <= Short || left is 7 or 2 * Short)
                {
                    FourByTwo<S, V, TEnd>(at, aRow, aStep, b + vector * S.Lanes, bStep, depth, left, row, vector, end);
                    row += Short;
                }
                else
                {
                    SixByTwo<S, V, TEnd>(at, aRow, aStep, b + vector * S.Lanes, bStep, depth, left, row, vector, end);
                    row += Rows;
                }
            }
        }

        if (vector == vectors)
            return;
        b += vector * S.Lanes;
        var first = 0;
        for (; rows - first > Rows; first += 2 * Rows)
            TwelveByOne<S, V, TEnd>(a + first * aRow, aRow, aStep, b, bStep, depth, rows - first, first, vector, end);
        if (first < rows)
            SixByOne<S, V, TEnd>(a + first * aRow, aRow, aStep, b, bStep, depth, rows - first, first, vector, end);
    }

    // Where fewer than six rows are left, the missing ones repeat the last and are not handed over.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SixByTwo<S, V, TEnd>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, int left, int row, int vector, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        nint r1 = Math.Min(1, left - 1) * aRow, r2 = Math.Min(2, left - 1) * aRow, r3 = Math.Min(3, left - 1) * aRow;
        nint r4 = Math.Min(4, left - 1) * aRow, r5 = Math.Min(5, left - 1) * aRow;
        V c00 = S.Zero, c10 = S.Zero, c20 = S.Zero, c30 = S.Zero, c40 = S.Zero, c50 = S.Zero;
        V c01 = S.Zero, c11 = S.Zero, c21 = S.Zero, c31 = S.Zero, c41 = S.Zero, c51 = S.Zero;
        for (var t = depth; t > 0; t--)
        {
            var b0 = S.Load(b);
            var b1 = S.Load(b + S.Lanes);
            var x = S.Broadcast(a[0]);
            c00 = S.FusedMultiplyAdd(x, b0, c00);
            c01 = S.FusedMultiplyAdd(x, b1, c01);
            x = S.Broadcast(a[r1]);
            c10 = S.FusedMultiplyAdd(x, b0, c10);
            c11 = S.FusedMultiplyAdd(x, b1, c11);
            x = S.Broadcast(a[r2]);
            c20 = S.FusedMultiplyAdd(x, b0, c20);
            c21 = S.FusedMultiplyAdd(x, b1, c21);
            x = S.Broadcast(a[r3]);
            c30 = S.FusedMultiplyAdd(x, b0, c30);
            c31 = S.FusedMultiplyAdd(x, b1, c31);
            x = S.Broadcast(a[r4]);
            c40 = S.FusedMultiplyAdd(x, b0, c40);
            c41 = S.FusedMultiplyAdd(x, b1, c41);
            x = S.Broadcast(a[r5]);
            c50 = S.FusedMultiplyAdd(x, b0, c50);
            c51 = S.FusedMultiplyAdd(x, b1, c51);
            a += aStep;
            b += bStep;
        }

        Column<S, V, TEnd>(c00, c10, c20, c30, c40, c50, 0, left, row, vector, end);
        Column<S, V, TEnd>(c01, c11, c21, c31, c41, c51, 0, left, row, vector + 1, end);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<S, V, TEnd>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, int left, int row, int vector, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        nint r1 = Math.Min(1, left - 1) * aRow, r2 = Math.Min(2, left - 1) * aRow, r3 = Math.Min(3, left - 1) * aRow;
        V c00 = S.Zero, c10 = S.Zero, c20 = S.Zero, c30 = S.Zero, c01 = S.Zero, c11 = S.Zero, c21 = S.Zero, c31 = S.Zero;
        for (var t = depth; t > 0; t--)
        {
            var b0 = S.Load(b);
            var b1 = S.Load(b + S.Lanes);
            var x = S.Broadcast(a[0]);
            c00 = S.FusedMultiplyAdd(x, b0, c00);
            c01 = S.FusedMultiplyAdd(x, b1, c01);
            x = S.Broadcast(a[r1]);
            c10 = S.FusedMultiplyAdd(x, b0, c10);
            c11 = S.FusedMultiplyAdd(x, b1, c11);
            x = S.Broadcast(a[r2]);
            c20 = S.FusedMultiplyAdd(x, b0, c20);
            c21 = S.FusedMultiplyAdd(x, b1, c21);
            x = S.Broadcast(a[r3]);
            c30 = S.FusedMultiplyAdd(x, b0, c30);
            c31 = S.FusedMultiplyAdd(x, b1, c31);
            a += aStep;
            b += bStep;
        }

        left = Math.Min(left, Short);
        Column<S, V, TEnd>(c00, c10, c20, c30, S.Zero, S.Zero, 0, left, row, vector, end);
        Column<S, V, TEnd>(c01, c11, c21, c31, S.Zero, S.Zero, 0, left, row, vector + 1, end);
    }

    // For 7 to 12 rows. The second six end at the last row; those that the first six hold already are not handed over twice.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void TwelveByOne<S, V, TEnd>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, int left, int row, int vector, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        var second = Math.Min(left, 2 * Rows) - Rows;
        var d = a + second * aRow;
        nint r1 = aRow, r2 = 2 * aRow, r3 = 3 * aRow, r4 = 4 * aRow, r5 = 5 * aRow;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero, c5 = S.Zero;
        V c6 = S.Zero, c7 = S.Zero, c8 = S.Zero, c9 = S.Zero, c10 = S.Zero, c11 = S.Zero;
        for (var t = depth; t > 0; t--)
        {
            var x = S.Load(b);
            c0 = S.FusedMultiplyAdd(S.Broadcast(a[0]), x, c0);
            c1 = S.FusedMultiplyAdd(S.Broadcast(a[r1]), x, c1);
            c2 = S.FusedMultiplyAdd(S.Broadcast(a[r2]), x, c2);
            c3 = S.FusedMultiplyAdd(S.Broadcast(a[r3]), x, c3);
            c4 = S.FusedMultiplyAdd(S.Broadcast(a[r4]), x, c4);
            c5 = S.FusedMultiplyAdd(S.Broadcast(a[r5]), x, c5);
            c6 = S.FusedMultiplyAdd(S.Broadcast(d[0]), x, c6);
            c7 = S.FusedMultiplyAdd(S.Broadcast(d[r1]), x, c7);
            c8 = S.FusedMultiplyAdd(S.Broadcast(d[r2]), x, c8);
            c9 = S.FusedMultiplyAdd(S.Broadcast(d[r3]), x, c9);
            c10 = S.FusedMultiplyAdd(S.Broadcast(d[r4]), x, c10);
            c11 = S.FusedMultiplyAdd(S.Broadcast(d[r5]), x, c11);
            a += aStep;
            d += aStep;
            b += bStep;
        }

        Column<S, V, TEnd>(c0, c1, c2, c3, c4, c5, 0, Rows, row, vector, end);
        Column<S, V, TEnd>(c6, c7, c8, c9, c10, c11, Rows - second, Rows, row + second, vector, end);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void SixByOne<S, V, TEnd>(
        float* a, nint aRow, nint aStep, float* b, nint bStep, int depth, int left, int row, int vector, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        nint r1 = Math.Min(1, left - 1) * aRow, r2 = Math.Min(2, left - 1) * aRow, r3 = Math.Min(3, left - 1) * aRow;
        nint r4 = Math.Min(4, left - 1) * aRow, r5 = Math.Min(5, left - 1) * aRow;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero, c4 = S.Zero, c5 = S.Zero;
        for (var t = depth; t > 0; t--)
        {
            var x = S.Load(b);
            c0 = S.FusedMultiplyAdd(S.Broadcast(a[0]), x, c0);
            c1 = S.FusedMultiplyAdd(S.Broadcast(a[r1]), x, c1);
            c2 = S.FusedMultiplyAdd(S.Broadcast(a[r2]), x, c2);
            c3 = S.FusedMultiplyAdd(S.Broadcast(a[r3]), x, c3);
            c4 = S.FusedMultiplyAdd(S.Broadcast(a[r4]), x, c4);
            c5 = S.FusedMultiplyAdd(S.Broadcast(a[r5]), x, c5);
            a += aStep;
            b += bStep;
        }

        Column<S, V, TEnd>(c0, c1, c2, c3, c4, c5, 0, left, row, vector, end);
    }

    // Hands over the registers numbered [from, left) of a column of six.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<S, V, TEnd>(V c0, V c1, V c2, V c3, V c4, V c5, int from, int left, int row, int vector, in TEnd end)
        where S : struct, ISimd<V>
        where V : unmanaged
        where TEnd : struct, ITileEnd
    {
        if (from <= 0)
            end.Take<S, V>(row, vector, c0);
        if (from <= 1 && left > 1)
            end.Take<S, V>(row + 1, vector, c1);
        if (from <= 2 && left > 2)
            end.Take<S, V>(row + 2, vector, c2);
        if (from <= 3 && left > 3)
            end.Take<S, V>(row + 3, vector, c3);
        if (from <= 4 && left > 4)
            end.Take<S, V>(row + 4, vector, c4);
        if (left > 5)
            end.Take<S, V>(row + 5, vector, c5);
    }
}
