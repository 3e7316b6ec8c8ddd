using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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

        var row = 0;
        if (S.Lanes == 16 && Avx512F.IsSupported)
        {
            for (; row + 16 <= rows; row += 16)
                SixteenRows(this[first + row], columns, factor, destination + row, width);
        }

        if (S.Lanes >= 4 && Sse.IsSupported)
        {
            for (; row + 4 <= rows; row += 4)
                FourRows(this[first + row], columns, factor, destination + row, width);
        }

        for (; row < rows; row++)
        {
            var from = this[first + row];
            for (var column = 0; column < columns; column++)
                destination[(nint)column * width + row] = from[column] * factor;
        }
    }

    /// <summary>The way back: writes source[column·width + i] to row[first + i][column] for i in [0, <paramref name="rows"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void TransposeBack<S, V>(float* source, int width, int first, int rows, int columns)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var column = 0;
        if (S.Lanes >= 4 && Sse.IsSupported)
        {
            // The columns of the source are what the loop above calls rows, four at a time.
            for (; column + 4 <= columns; column += 4)
                new HeadRows(source, width).FourRows(source + (nint)column * width, rows, 1f, this[first] + column, checked((int)Stride));
        }

        for (; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
                this[first + row][column] = source[(nint)column * width + row];
        }
    }

    // Register i holds four columns of rows i, i+4, i+8, i+12, one in each quarter; a 4x4 transpose inside the quarters then leaves
    // 16 rows of one column in a register.
    private void SixteenRows(float* from, int columns, float factor, float* to, int width)
    {
        var scale = Vector512.Create(factor);
        var column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            var a = Quarters(from + column) * scale;
            var b = Quarters(from + column + Stride) * scale;
            var c = Quarters(from + column + 2 * Stride) * scale;
            var d = Quarters(from + column + 3 * Stride) * scale;
            var ab = Avx512F.UnpackLow(a, b).AsDouble();
            var cd = Avx512F.UnpackLow(c, d).AsDouble();
            var y = to + (nint)column * width;
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(y);
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(y + width);
            ab = Avx512F.UnpackHigh(a, b).AsDouble();
            cd = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(y + 2 * width);
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(y + 3 * width);
        }

        RestOfColumns(from, column, columns, 16, factor, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Quarters(float* from)
    {
        var result = Vector128.Load(from).ToVector256Unsafe().ToVector512Unsafe();
        result = Avx512F.InsertVector128(result, Vector128.Load(from + 4 * Stride), 1);
        result = Avx512F.InsertVector128(result, Vector128.Load(from + 8 * Stride), 2);
        return Avx512F.InsertVector128(result, Vector128.Load(from + 12 * Stride), 3);
    }

    private void FourRows(float* from, int columns, float factor, float* to, int width)
    {
        var scale = Vector128.Create(factor);
        var column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            var a = Vector128.Load(from + column) * scale;
            var b = Vector128.Load(from + column + Stride) * scale;
            var c = Vector128.Load(from + column + 2 * Stride) * scale;
            var d = Vector128.Load(from + column + 3 * Stride) * scale;
            var ab = Sse.UnpackLow(a, b);
            var cd = Sse.UnpackLow(c, d);
            var y = to + (nint)column * width;
            Sse.MoveLowToHigh(ab, cd).Store(y);
            Sse.MoveHighToLow(cd, ab).Store(y + width);
            ab = Sse.UnpackHigh(a, b);
            cd = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(y + 2 * width);
            Sse.MoveHighToLow(cd, ab).Store(y + 3 * width);
        }

        RestOfColumns(from, column, columns, 4, factor, to, width);
    }

    private void RestOfColumns(float* from, int column, int columns, int rows, float factor, float* to, int width)
    {
        for (; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
                to[(nint)column * width + row] = from[column + row * Stride] * factor;
        }
    }
}
