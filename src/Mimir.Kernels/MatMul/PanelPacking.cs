using System.Runtime.CompilerServices;
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
    public static void Transpose<S, V>(float* source, long stride, int depth, int columns, float* panel)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        if (columns < width)
            new Span<float>(panel, depth * width).Clear();

        Transposition.Run<S, V>(source, (nint)stride, columns, depth, 1f, panel, width);
    }
}
