using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>One head's rows of a token array: row t starts at <see cref="Start"/> + t·<see cref="Stride"/>.</summary>
internal readonly unsafe struct HeadRows(float* start, nint stride)
{
    // A stride of whole 4 KiB pages puts the same column of all rows into one set of the first-level cache.
    private const int AliasingStride = 1024;

    /// <summary>The first row.</summary>
    public float* Start { get; } = start;

    /// <summary>Floats from one row to the next.</summary>
    public nint Stride { get; } = stride;

    /// <summary>Row <paramref name="token"/>.</summary>
    public float* this[int token]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Start + token * Stride;
    }

    /// <summary>Whether the rows would push each other out of the first-level cache, so that a copy pays.</summary>
    public bool Collide => Stride % AliasingStride == 0;

    /// <summary>A copy with rows of <paramref name="padded"/> floats, a whole number of vectors; zero behind the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public HeadRows Copy<S, V>(int rows, int columns, int padded, float* destination) where S : struct, ISimd<V> where V : unmanaged
    {
        for (var row = 0; row < rows; row++)
        {
            var from = this[row];
            var to = destination + (nint)row * padded;
            var column = 0;
            for (; column + S.Lanes <= columns; column += S.Lanes)
                S.Store(to + column, S.Load(from + column));
            if (column < columns)
                S.Store(to + column, S.LoadPartial(from + column, columns - column));
        }

        return new HeadRows(destination, padded);
    }

    /// <summary>Writes factor·row[first + i][column] to destination[column·width + i] for i in [0, <paramref name="rows"/>), and zero in
    /// the rest of the last vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Transpose<S, V>(int first, int rows, int columns, float factor, float* destination, int width)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var whole = rows / S.Lanes * S.Lanes;
        if (whole < rows)
        {
            for (var column = 0; column < columns; column++)
                S.Store(destination + (nint)column * width + whole, S.Zero);
        }

        Transposition.Run<S, V>(this[first], Stride, rows, columns, factor, destination, width);
    }

    /// <summary>The way back: writes source[column·width + i] to row[first + i][column] for i in [0, <paramref name="rows"/>).</summary>
    public void TransposeBack<S, V>(float* source, int width, int first, int rows, int columns)
        where S : struct, ISimd<V>
        where V : unmanaged =>
        Transposition.Run<S, V>(source, width, columns, rows, 1f, this[first], Stride);
}
