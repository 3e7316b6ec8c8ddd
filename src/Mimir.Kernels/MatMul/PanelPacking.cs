using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>Lays a right operand out in panels: [k, columns of a tile], contiguous, so that a tile reads it as one stream.</summary>
internal static unsafe class PanelPacking
{
    /// <summary>Packs one panel of [k, n].</summary>
    /// <param name="source">Its first element there.</param>
    /// <param name="stride">Floats from one k to the next there.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="columns">Columns there are; the rest of the panel becomes zero.</param>
    /// <param name="panel">[<paramref name="depth"/>, columns of a tile].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<S, V>(float* source, long stride, int depth, int columns, float* panel)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        if (columns == width)
        {
            for (var k = 0; k < depth; k++, source += stride, panel += width)
            {
                S.Store(panel, S.Load(source));
                S.Store(panel + S.Lanes, S.Load(source + S.Lanes));
            }

            return;
        }

        var first = Math.Min(columns, S.Lanes);
        for (var k = 0; k < depth; k++, source += stride, panel += width)
        {
            S.Store(panel, S.LoadPartial(source, first));
            S.Store(panel + S.Lanes, columns > S.Lanes ? S.LoadPartial(source + S.Lanes, columns - S.Lanes) : S.Zero);
        }
    }

    /// <summary>Packs one panel of [n, k].</summary>
    /// <param name="source">Its first element there.</param>
    /// <param name="stride">Floats from one column to the next there.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="columns">Columns there are; the rest of the panel becomes zero.</param>
    /// <param name="panel">[<paramref name="depth"/>, columns of a tile].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose<S, V>(float* source, long stride, int depth, int columns, float* panel)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        if (columns < width)
            new Span<float>(panel, depth * width).Clear();

        // Squares of four by four in registers, four k at a time, so that every line of the panel is written whole.
        var k = 0;
        var squares = Sse.IsSupported ? columns / 4 * 4 : 0;
        if (squares > 0)
        {
            for (; k + 4 <= depth; k += 4)
            {
                for (var j = 0; j < squares; j += 4)
                    TransposeSquare(source + j * stride + k, stride, panel + (long)k * width + j, width);
                for (var j = squares; j < columns; j++)
                {
                    for (var i = k; i < k + 4; i++)
                        panel[(long)i * width + j] = source[j * stride + i];
                }
            }
        }

        for (; k < depth; k++)
        {
            for (var j = 0; j < columns; j++)
                panel[(long)k * width + j] = source[j * stride + k];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSquare(float* source, long stride, float* destination, long width)
    {
        var r0 = Vector128.Load(source);
        var r1 = Vector128.Load(source + stride);
        var r2 = Vector128.Load(source + 2 * stride);
        var r3 = Vector128.Load(source + 3 * stride);
        var low01 = Sse.UnpackLow(r0, r1); // r0[0] r1[0] r0[1] r1[1]
        var low23 = Sse.UnpackLow(r2, r3);
        var high01 = Sse.UnpackHigh(r0, r1); // r0[2] r1[2] r0[3] r1[3]
        var high23 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(low01, low23).Store(destination);
        Sse.MoveHighToLow(low23, low01).Store(destination + width);
        Sse.MoveLowToHigh(high01, high23).Store(destination + 2 * width);
        Sse.MoveHighToLow(high23, high01).Store(destination + 3 * width);
    }
}
