using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The tile at the heart of every product: c[r, j] = Σ_k a[r, k] · b[k, j] for a few rows and one or two vectors of
/// columns, with the sums in registers from the first k to the last.</summary>
internal static unsafe class MicroKernel
{
    /// <summary>Computes one tile. Per k it broadcasts <c>Rows</c> elements of a, loads the vectors of b once, and does
    /// <c>Rows · Vectors</c> multiply-adds; a tile of 12 × 2 vectors thus needs 14 loads for 24 multiply-adds, where the
    /// ports allow 24.</summary>
    /// <param name="depth">Number of k.</param>
    /// <param name="a">Element [0, 0] of the left operand.</param>
    /// <param name="aRow">Bytes from one row of it to the next.</param>
    /// <param name="aStep">Bytes from one k of it to the next.</param>
    /// <param name="b">Element [0, 0] of the right operand; columns are contiguous.</param>
    /// <param name="bStep">Floats from one k of it to the next.</param>
    /// <param name="c">Element [0, 0] of the destination; columns are contiguous.</param>
    /// <param name="cRow">Floats from one row of it to the next.</param>
    /// <param name="bias">One value a column to add, or null.</param>
    /// <param name="addend">A matrix laid out like c to add (c itself to accumulate), or null.</param>
    /// <typeparam name="S">The operations.</typeparam>
    /// <typeparam name="V">The register.</typeparam>
    /// <typeparam name="T">The tile's size; the branches on it vanish when the method is compiled.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<S, V, T>(
        nint depth, byte* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, float* bias, float* addend)
        where S : struct, ISimd<V>
        where V : unmanaged
        where T : struct, ITileShape
    {
        // Accumulator cRJ: row R (0 to 11 as 0..9, A, B), vector J.
        V c00 = S.Zero, c10 = S.Zero, c20 = S.Zero, c30 = S.Zero, c40 = S.Zero, c50 = S.Zero;
        V c60 = S.Zero, c70 = S.Zero, c80 = S.Zero, c90 = S.Zero, cA0 = S.Zero, cB0 = S.Zero;
        V c01 = S.Zero, c11 = S.Zero, c21 = S.Zero, c31 = S.Zero, c41 = S.Zero, c51 = S.Zero;
        V c61 = S.Zero, c71 = S.Zero, c81 = S.Zero, c91 = S.Zero, cA1 = S.Zero, cB1 = S.Zero;

        // Rows are reached as one of three pointers plus 0 to 3 strides, so that all addresses stay in registers.
        var a4 = a + 4 * aRow;
        var a8 = a + 8 * aRow;
        var aRow2 = 2 * aRow;
        var aRow3 = 3 * aRow;
        for (var k = depth; k > 0; k--)
        {
            var b0 = S.Load(b);
            var b1 = T.Vectors > 1 ? S.Load(b + S.Lanes) : S.Zero;
            b += bStep;
            Row<S, V, T>(a, b0, b1, ref c00, ref c01);
            Row<S, V, T>(a + aRow, b0, b1, ref c10, ref c11);
            Row<S, V, T>(a + aRow2, b0, b1, ref c20, ref c21);
            Row<S, V, T>(a + aRow3, b0, b1, ref c30, ref c31);
            a += aStep;
            if (T.Rows > 4)
            {
                Row<S, V, T>(a4, b0, b1, ref c40, ref c41);
                Row<S, V, T>(a4 + aRow, b0, b1, ref c50, ref c51);
            }

            if (T.Rows > 6)
            {
                Row<S, V, T>(a4 + aRow2, b0, b1, ref c60, ref c61);
                Row<S, V, T>(a4 + aRow3, b0, b1, ref c70, ref c71);
            }

            a4 += aStep;
            if (T.Rows > 8)
            {
                Row<S, V, T>(a8, b0, b1, ref c80, ref c81);
                Row<S, V, T>(a8 + aRow, b0, b1, ref c90, ref c91);
                Row<S, V, T>(a8 + aRow2, b0, b1, ref cA0, ref cA1);
                Row<S, V, T>(a8 + aRow3, b0, b1, ref cB0, ref cB1);
                a8 += aStep;
            }
        }

        var bias0 = bias != null ? S.Load(bias) : S.Zero;
        var bias1 = bias != null && T.Vectors > 1 ? S.Load(bias + S.Lanes) : S.Zero;
        var toAddend = (nint)addend - (nint)c;
        var add = addend != null;
        Finish<S, V, T>(c, toAddend, add, S.Add(c00, bias0), S.Add(c01, bias1));
        Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c10, bias0), S.Add(c11, bias1));
        Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c20, bias0), S.Add(c21, bias1));
        Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c30, bias0), S.Add(c31, bias1));
        if (T.Rows > 4)
        {
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c40, bias0), S.Add(c41, bias1));
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c50, bias0), S.Add(c51, bias1));
        }

        if (T.Rows > 6)
        {
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c60, bias0), S.Add(c61, bias1));
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c70, bias0), S.Add(c71, bias1));
        }

        if (T.Rows > 8)
        {
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c80, bias0), S.Add(c81, bias1));
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(c90, bias0), S.Add(c91, bias1));
            Finish<S, V, T>(c += cRow, toAddend, add, S.Add(cA0, bias0), S.Add(cA1, bias1));
            Finish<S, V, T>(c + cRow, toAddend, add, S.Add(cB0, bias0), S.Add(cB1, bias1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<S, V, T>(byte* a, V b0, V b1, ref V c0, ref V c1)
        where S : struct, ISimd<V>
        where V : unmanaged
        where T : struct, ITileShape
    {
        var x = S.Broadcast(*(float*)a);
        c0 = S.FusedMultiplyAdd(x, b0, c0);
        if (T.Vectors > 1)
            c1 = S.FusedMultiplyAdd(x, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<S, V, T>(float* c, nint toAddend, bool add, V sum0, V sum1)
        where S : struct, ISimd<V>
        where V : unmanaged
        where T : struct, ITileShape
    {
        var addend = (float*)((byte*)c + toAddend);
        S.Store(c, add ? S.Add(sum0, S.Load(addend)) : sum0);
        if (T.Vectors > 1)
            S.Store(c + S.Lanes, add ? S.Add(sum1, S.Load(addend + S.Lanes)) : sum1);
    }
}
