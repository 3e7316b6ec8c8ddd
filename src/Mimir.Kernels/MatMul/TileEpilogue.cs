using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>What happens between a tile's sums and the destination. Matrices in it are laid out like the destination.
/// Plain sums, with a bias and one addend or factor, the micro-kernel finishes itself; everything else, and every edge, passes through here.</summary>
internal unsafe struct TileEpilogue
{
    /// <summary>One value a column, or null.</summary>
    public float* Bias;

    /// <summary>Whether GELU follows the bias.</summary>
    public bool Gelu;

    /// <summary>Receives GELU's derivative, or null.</summary>
    public float* Derivative;

    /// <summary>Multiplied by, or null.</summary>
    public float* Factor;

    /// <summary>One factor for every <see cref="RowsPerScale"/> rows, or null.</summary>
    public float* RowScale;

    /// <summary>Rows that share a factor.</summary>
    public int RowsPerScale;

    /// <summary>Added last, or null; may be the destination.</summary>
    public float* Residual;

    /// <summary>Adds to the destination.</summary>
    public bool Accumulate;

    /// <summary>Whether the micro-kernel can do all of it.</summary>
    public readonly bool IsPlain => !Gelu && RowScale == null && (Factor == null || !Accumulate);

    /// <summary>Whether nothing but a bias, GELU and its derivative is asked for.</summary>
    public readonly bool IsGelu => Gelu && RowScale == null && Residual == null && Factor == null && !Accumulate;

    /// <summary>Whether it only adds to the sums, nothing that lies where they go: then they may arrive in slices, each added to the last.</summary>
    public readonly bool IsSum(float* destination) => !Gelu && RowScale == null && Factor == null && Residual != destination;

    /// <summary>What the micro-kernel joins the sums with when it does all; null for nothing.</summary>
    public readonly float* Other(float* destination) => Accumulate ? destination : Factor != null ? Factor : Residual;

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
        var table = GeluTable.Coefficients;
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
                    x = GeluTable.GeluWithDerivative<S, V>(x, table, out var derivative);
                    if (Derivative != null)
                        Store<S, V>(Derivative + at + j, derivative, count);
                }

                if (Factor != null)
                    x = S.Multiply(x, Load<S, V>(Factor + at + j, count));
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

    /// <summary>Finishes a tile of whole vectors, bias included already, by GELU and its derivative alone: the same bits as
    /// <see cref="Store{S, V}(float*, int, int, int, int, int, float*, long)"/> without its questions in the loop.</summary>
    /// <param name="tile">The sums, [rows, <paramref name="tileStride"/>].</param>
    /// <param name="tileStride">Floats from one row of the tile to the next.</param>
    /// <param name="at">Element [0, 0] in the destination.</param>
    /// <param name="rows">Rows to store.</param>
    /// <param name="vectors">Vectors a row.</param>
    /// <param name="destination">[.., <paramref name="stride"/>].</param>
    /// <param name="stride">Floats from one row of the destination to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void StoreGelu<S, V>(float* tile, int tileStride, long at, int rows, int vectors, float* destination, long stride)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var table = GeluTable.Coefficients;
        var y = destination + at;
        var slope = Derivative + at;
        var columns = vectors * S.Lanes;
        if (Derivative == null)
        {
            for (; rows > 0; rows--, tile += tileStride, y += stride)
            {
                for (var j = 0; j < columns; j += S.Lanes)
                    S.Store(y + j, GeluTable.Gelu<S, V>(S.Load(tile + j), table));
            }

            return;
        }

        if (vectors == 2)
        {
            // Two at a time share the constants, which the compiler would load again for each.
            for (; rows > 0; rows--, tile += tileStride, y += stride, slope += stride)
            {
                var first = GeluTable.GeluWithDerivative<S, V>(S.Load(tile), table, out var firstSlope);
                var second = GeluTable.GeluWithDerivative<S, V>(S.Load(tile + S.Lanes), table, out var secondSlope);
                S.Store(y, first);
                S.Store(y + S.Lanes, second);
                S.Store(slope, firstSlope);
                S.Store(slope + S.Lanes, secondSlope);
            }

            return;
        }

        for (; rows > 0; rows--, tile += tileStride, y += stride, slope += stride)
        {
            S.Store(y, GeluTable.GeluWithDerivative<S, V>(S.Load(tile), table, out var only));
            S.Store(slope, only);
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
