using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The left operand of a product, [m, k] or, transposed, [k, m].</summary>
internal unsafe struct LeftOperand
{
    // Copied rows lie a cache line further apart than they are long, so that they do not collide either.
    private const int Skew = 16;

    /// <summary>Its first element.</summary>
    public float* Data;

    /// <summary>Floats from one stored row to the next.</summary>
    public long Stride;

    /// <summary>Whether it is stored as [k, m].</summary>
    public bool Transposed;

    /// <summary>[m], receives the sums over k, added to; only for a transposed operand, or null.</summary>
    public float* Sums;

    /// <summary>Whether stored rows lie whole 4 KiB pages apart, so that the same column of all of them falls into one set of the
    /// first-level cache, which has fewer ways than a tile has rows.</summary>
    private readonly bool Collides => Stride % 1024 == 0;

    /// <summary>Floats of scratch that <see cref="Strip"/> needs.</summary>
    public static long ScratchFloats(int lanes, int depth) => (long)(Math.Max(depth, 1) + Skew) * ProductBlocking.TileRows(lanes);

    /// <summary>Makes rows [<paramref name="row"/>, row + <paramref name="rows"/>) and a slice of the depth ready for tiles. Full
    /// strips are read where they lie: the micro-kernel takes any stride, and its broadcasts stay ahead of the second-level cache
    /// (packing a strip of [k, m] first cost 3 to 14 % of the product). Rows that would push each other out of the cache are copied
    /// (depth 3072 in slices: 88 % of peak where they lie, 92 % copied), and so are those at the lower edge, filled up with zeros.</summary>
    /// <param name="row">First row.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="tileRows">Rows the tile will read.</param>
    /// <param name="from">First k.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="scratch">Room for a copy.</param>
    public readonly LeftStrip Strip(int row, int rows, int tileRows, int from, int depth, float* scratch)
    {
        var inPlace = rows == tileRows && !Collides;
        if (Transposed)
        {
            var source = Data + from * Stride + row;
            if (inPlace)
                return new LeftStrip { Data = (byte*)source, RowBytes = sizeof(float), StepBytes = (nint)(Stride * sizeof(float)) };
            CopyRows(source, depth, rows, tileRows, tileRows, scratch);
            return new LeftStrip { Data = (byte*)scratch, RowBytes = sizeof(float), StepBytes = tileRows * sizeof(float) };
        }
        else
        {
            var source = Data + row * Stride + from;
            if (inPlace)
                return new LeftStrip { Data = (byte*)source, RowBytes = (nint)(Stride * sizeof(float)), StepBytes = sizeof(float) };
            var apart = depth + Skew;
            CopyRows(source, rows, depth, depth, apart, scratch);
            for (var r = rows; r < tileRows; r++)
                new Span<float>(scratch + (long)r * apart, depth).Clear();
            return new LeftStrip { Data = (byte*)scratch, RowBytes = apart * sizeof(float), StepBytes = sizeof(float) };
        }
    }

    /// <summary>Adds the sums over all k of rows [<paramref name="row"/>, row + <paramref name="rows"/>) to <see cref="Sums"/>, in
    /// ascending order of k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void AddSums<S, V>(int row, int rows, int depth) where S : struct, ISimd<V> where V : unmanaged
    {
        // Four vectors at a time hide the adder's latency and use whole cache lines.
        var j = row;
        var stride = (nint)Stride;
        for (; j + 4 * S.Lanes <= row + rows; j += 4 * S.Lanes)
        {
            V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
            var source = Data + j;
            for (var k = depth; k > 0; k--, source += stride)
            {
                s0 = S.Add(s0, S.Load(source));
                s1 = S.Add(s1, S.Load(source + S.Lanes));
                s2 = S.Add(s2, S.Load(source + 2 * S.Lanes));
                s3 = S.Add(s3, S.Load(source + 3 * S.Lanes));
            }

            var sums = Sums + j;
            S.Store(sums, S.Add(S.Load(sums), s0));
            S.Store(sums + S.Lanes, S.Add(S.Load(sums + S.Lanes), s1));
            S.Store(sums + 2 * S.Lanes, S.Add(S.Load(sums + 2 * S.Lanes), s2));
            S.Store(sums + 3 * S.Lanes, S.Add(S.Load(sums + 3 * S.Lanes), s3));
        }

        for (; j < row + rows; j += S.Lanes)
        {
            var count = Math.Min(S.Lanes, row + rows - j);
            var sum = S.Zero;
            var source = Data + j;
            for (var k = depth; k > 0; k--, source += stride)
                sum = S.Add(sum, S.LoadPartial(source, count));
            S.StorePartial(Sums + j, S.Add(S.LoadPartial(Sums + j, count), sum), count);
        }
    }

    // [rows, columns] out of the operand to [rows, copyColumns], filled up with zeros, with rows `apart` floats apart.
    private readonly void CopyRows(float* source, int rows, int columns, int copyColumns, int apart, float* copy)
    {
        for (var r = 0; r < rows; r++, source += Stride, copy += apart)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(copy, columns));
            new Span<float>(copy + columns, copyColumns - columns).Clear();
        }
    }
}

/// <summary>Rows of a left operand as a tile reads them.</summary>
internal unsafe struct LeftStrip
{
    /// <summary>Element [0, 0].</summary>
    public byte* Data;

    /// <summary>Bytes from one row to the next.</summary>
    public nint RowBytes;

    /// <summary>Bytes from one k to the next.</summary>
    public nint StepBytes;
}
