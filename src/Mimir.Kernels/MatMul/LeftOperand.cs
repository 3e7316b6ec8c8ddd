using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>The left operand of a product, [m, k] or, transposed, [k, m].</summary>
internal unsafe struct LeftOperand
{
    /// <summary>Its first element.</summary>
    public float* Data;

    /// <summary>Floats from one stored row to the next.</summary>
    public long Stride;

    /// <summary>Whether it is stored as [k, m].</summary>
    public bool Transposed;

    /// <summary>[m], receives the sums over k, added to; only for a transposed operand, or null.</summary>
    public float* Sums;

    /// <summary>Floats of scratch that <see cref="Stage"/> needs.</summary>
    public static long ScratchFloats(int lanes, int depth) => (long)Math.Max(depth, 1) * PackedRow(lanes);

    /// <summary>Makes rows [<paramref name="row"/>, row + <paramref name="rows"/>) and a slice of the depth ready for tiles of
    /// <paramref name="tileRows"/> rows. Full strips of [m, k] are read where they lie: the micro-kernel takes any stride, and a
    /// strip's rows are few enough to stay cached. At the lower edge they are copied and filled up with zeros. [k, m] is copied
    /// too, since its rows are apart by whole matrix rows, a few cache sets apart.</summary>
    /// <param name="row">First row.</param>
    /// <param name="rows">Rows there are.</param>
    /// <param name="tileRows">Rows the tile will read.</param>
    /// <param name="from">First k.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="sums">Whether <see cref="Sums"/> takes this strip and slice in.</param>
    /// <param name="scratch">Room for the copy.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly LeftStrip Stage<S, V>(int row, int rows, int tileRows, int from, int depth, bool sums, float* scratch)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        if (Transposed)
        {
            if (sums && Sums != null)
                AddSums<S, V>(row, rows, from, depth);
            Gather<S, V>(Data + from * Stride + row, rows, depth, scratch);
            return new LeftStrip { Data = (byte*)scratch, RowBytes = sizeof(float), StepBytes = PackedRow(S.Lanes) * sizeof(float) };
        }

        var source = Data + row * Stride + from;
        if (rows == tileRows)
            return new LeftStrip { Data = (byte*)source, RowBytes = (nint)(Stride * sizeof(float)), StepBytes = sizeof(float) };

        for (var r = 0; r < tileRows; r++)
        {
            var copy = new Span<float>(scratch + (long)r * depth, depth);
            if (r < rows)
                new ReadOnlySpan<float>(source + r * Stride, depth).CopyTo(copy);
            else
                copy.Clear();
        }

        return new LeftStrip { Data = (byte*)scratch, RowBytes = depth * sizeof(float), StepBytes = sizeof(float) };
    }

    // A k of the packed strip: the tile's rows, rounded up to whole vectors.
    private static int PackedRow(int lanes) => (ProductBlocking.TileRows(lanes) + lanes - 1) / lanes * lanes;

    // [k, m] to [k, PackedRow]: plain copies; what lies beyond the last row becomes zero.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Gather<S, V>(float* source, int rows, int depth, float* packed) where S : struct, ISimd<V> where V : unmanaged
    {
        var width = PackedRow(S.Lanes);
        for (var k = 0; k < depth; k++)
        {
            for (var j = 0; j < width; j += S.Lanes)
            {
                var count = rows - j;
                S.Store(
                    packed + j,
                    count >= S.Lanes ? S.Load(source + j) : S.LoadPartial(source + j, Math.Max(0, count)));
            }

            source += Stride;
            packed += width;
        }
    }

    // Four running sums hide the adder's latency; they are added in a fixed order.
    private readonly void AddSums<S, V>(int row, int rows, int from, int depth) where S : struct, ISimd<V> where V : unmanaged
    {
        for (var j = 0; j < rows; j += S.Lanes)
        {
            var count = Math.Min(S.Lanes, rows - j);
            var source = Data + from * Stride + row + j;
            V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
            var k = 0;
            for (; k + 4 <= depth; k += 4, source += 4 * Stride)
            {
                s0 = S.Add(s0, S.LoadPartial(source, count));
                s1 = S.Add(s1, S.LoadPartial(source + Stride, count));
                s2 = S.Add(s2, S.LoadPartial(source + 2 * Stride, count));
                s3 = S.Add(s3, S.LoadPartial(source + 3 * Stride, count));
            }

            for (; k < depth; k++, source += Stride)
                s0 = S.Add(s0, S.LoadPartial(source, count));
            var total = S.Add(S.Add(s0, s1), S.Add(s2, s3));
            S.StorePartial(Sums + row + j, S.Add(total, S.LoadPartial(Sums + row + j, count)), count);
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
