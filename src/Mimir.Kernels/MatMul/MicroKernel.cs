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
    /// <param name="target">Where the sums go, and what they are joined with.</param>
    /// <typeparam name="S">The operations.</typeparam>
    /// <typeparam name="V">The register.</typeparam>
    /// <typeparam name="T">The tile's size; the branches on it vanish when the method is compiled.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile<S, V, T>(
        nint depth, byte* a, nint aRow, nint aStep, float* b, nint bStep, in TileTarget target)
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
        var ahead = target.Ahead;
        var toAhead2 = target.ToSecondAhead;
        var aheadRow = target.AheadRow;
        var (pause, pauses) = (0, (int)depth / T.Rows);
        for (var k = depth; k > 0; k--)
        {
            // The lines that the end of the tile will touch are asked for a row at a time: all at once they would wait for each other.
            if (--pause < 0)
            {
                Prefetch.Pair(ahead, toAhead2, 2 * S.Lanes);
                ahead += aheadRow;
                pause = pauses; // so that the last row is asked for near the end
            }

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

        var c = target.Data;
        var cRow = target.Row;
        var bias = target.Bias;
        var bias0 = bias != null ? S.Load(bias) : S.Zero;
        var bias1 = bias != null && T.Vectors > 1 ? S.Load(bias + S.Lanes) : S.Zero;
        var toOther = (nint)target.Other - (nint)c;
        var join = target.Other == null ? Join.None : target.Multiplies ? Join.Product : Join.Sum;
        Finish<S, V, T>(c, toOther, join, S.Add(c00, bias0), S.Add(c01, bias1));
        Finish<S, V, T>(c += cRow, toOther, join, S.Add(c10, bias0), S.Add(c11, bias1));
        Finish<S, V, T>(c += cRow, toOther, join, S.Add(c20, bias0), S.Add(c21, bias1));
        Finish<S, V, T>(c += cRow, toOther, join, S.Add(c30, bias0), S.Add(c31, bias1));
        if (T.Rows > 4)
        {
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c40, bias0), S.Add(c41, bias1));
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c50, bias0), S.Add(c51, bias1));
        }

        if (T.Rows > 6)
        {
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c60, bias0), S.Add(c61, bias1));
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c70, bias0), S.Add(c71, bias1));
        }

        if (T.Rows > 8)
        {
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c80, bias0), S.Add(c81, bias1));
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(c90, bias0), S.Add(c91, bias1));
            Finish<S, V, T>(c += cRow, toOther, join, S.Add(cA0, bias0), S.Add(cA1, bias1));
            Finish<S, V, T>(c + cRow, toOther, join, S.Add(cB0, bias0), S.Add(cB1, bias1));
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
    private static void Finish<S, V, T>(float* c, nint toOther, Join join, V sum0, V sum1)
        where S : struct, ISimd<V>
        where V : unmanaged
        where T : struct, ITileShape
    {
        var other = (float*)((byte*)c + toOther);
        S.Store(c, Joined<S, V>(join, sum0, other));
        if (T.Vectors > 1)
            S.Store(c + S.Lanes, Joined<S, V>(join, sum1, other + S.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Joined<S, V>(Join join, V sum, float* other) where S : struct, ISimd<V> where V : unmanaged =>
        join == Join.None ? sum
        : join == Join.Sum ? S.Add(sum, S.Load(other))
        : S.Multiply(sum, S.Load(other));

    private enum Join
    {
        None,
        Sum,
        Product,
    }
}

/// <summary>Where a tile's sums go.</summary>
internal unsafe struct TileTarget
{
    /// <summary>Element [0, 0] of the destination; columns are contiguous.</summary>
    public float* Data;

    /// <summary>Floats from one row of it to the next.</summary>
    public nint Row;

    /// <summary>One value a column to add, or null.</summary>
    public float* Bias;

    /// <summary>A matrix laid out like the destination that the sums are joined with (the destination itself to accumulate), or null.</summary>
    public float* Other;

    /// <summary>Whether that joining is a product; else it is a sum.</summary>
    public bool Multiplies;

    /// <summary>The first row of memory that is used right after the sums, asked for ahead; any address will do.</summary>
    public float* Ahead;

    /// <summary>Bytes from there to a second such place.</summary>
    public nint ToSecondAhead;

    /// <summary>Floats from one row of both to the next.</summary>
    public nint AheadRow;

    /// <summary>Names element <paramref name="at"/> of a matrix as the second place; nothing for null.</summary>
    public void SetSecondAhead(float* matrix, long at)
    {
        if (matrix != null)
            ToSecondAhead = (nint)(matrix + at) - (nint)Ahead;
    }
}
