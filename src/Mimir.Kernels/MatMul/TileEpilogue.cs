using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>What happens between a tile's sums and the destination. Matrices in it are laid out like the destination.
/// Plain sums, with a bias or one addend, the micro-kernel finishes itself; everything else, and every edge, passes through here.</summary>
internal unsafe struct TileEpilogue
{
    /// <summary>One value a column, or null.</summary>
    public float* Bias;

    /// <summary>Whether GELU follows the bias.</summary>
    public bool Gelu;

    /// <summary>Receives GELU's input, or null.</summary>
    public float* PreActivation;

    /// <summary>Multiplies by GELU's derivative there, or null.</summary>
    public float* GeluInput;

    /// <summary>One factor for every <see cref="RowsPerScale"/> rows, or null.</summary>
    public float* RowScale;

    /// <summary>Rows that share a factor.</summary>
    public int RowsPerScale;

    /// <summary>Added last, or null; may be the destination.</summary>
    public float* Residual;

    /// <summary>Adds to the destination.</summary>
    public bool Accumulate;

    /// <summary>Whether the micro-kernel can do all of it.</summary>
    public readonly bool IsPlain => !Gelu && GeluInput == null && RowScale == null;

    /// <summary>Finishes a tile of sums.</summary>
    /// <param name="tile">The sums, [rows, <paramref name="tileStride"/>].</param>
    /// <param name="tileStride">Floats from one row of the tile to the next.</param>
    /// <param name="row">First row in the destination.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="column">First column in the destination.</param>
    /// <param name="columns">Columns to store.</param>
    /// <param name="destination">[.., <paramref name="stride"/>].</param>
    /// <param name="stride">Floats from one row of the destination to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Store<S, V>(
        float* tile, int tileStride, int row, int rows, int column, int columns, float* destination, long stride)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        for (var r = 0; r < rows; r++)
        {
            var at = (row + r) * stride + column;
            var scale = RowScale != null ? S.Broadcast(RowScale[(row + r) / RowsPerScale]) : S.Zero;
            for (var j = 0; j < columns; j += S.Lanes)
            {
                var count = Math.Min(S.Lanes, columns - j);
                var x = S.Load(tile + r * tileStride + j);
                if (Bias != null)
                    x = S.Add(x, Load<S, V>(Bias + column + j, count));
                if (Gelu)
                {
                    if (PreActivation != null)
                        Store<S, V>(PreActivation + at + j, x, count);
                    x = VectorMath.Gelu<S, V>(x);
                }

                if (GeluInput != null)
                    x = S.Multiply(x, VectorMath.GeluDerivative<S, V>(Load<S, V>(GeluInput + at + j, count)));
                if (RowScale != null)
                    x = S.Multiply(x, scale);
                if (Residual != null)
                    x = S.Add(x, Load<S, V>(Residual + at + j, count));
                if (Accumulate)
                    x = S.Add(x, Load<S, V>(destination + at + j, count));
                Store<S, V>(destination + at + j, x, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<S, V>(float* source, int count) where S : struct, ISimd<V> where V : unmanaged =>
        count == S.Lanes ? S.Load(source) : S.LoadPartial(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<S, V>(float* destination, V value, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        if (count == S.Lanes)
            S.Store(destination, value);
        else
            S.StorePartial(destination, value, count);
    }
}
