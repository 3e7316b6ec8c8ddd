using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Simd;

/// <summary>Transposes small matrices in registers, so that the side that is written is written in whole vectors.</summary>
internal static unsafe class Transposition
{
    /// <summary>Writes factor·source[row·<paramref name="stride"/> + column] to destination[column·<paramref name="width"/> + row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<S, V>(float* source, nint stride, int rows, int columns, float factor, float* destination, nint width)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var row = 0;
        if (S.Lanes == 16 && Avx512F.IsSupported)
        {
            for (; row + 16 <= rows; row += 16)
                SixteenRows(source + row * stride, stride, columns, factor, destination + row, width);
        }

        if (S.Lanes >= 4 && Sse.IsSupported)
        {
            for (; row + 4 <= rows; row += 4)
                FourRows(source + row * stride, stride, columns, factor, destination + row, width);
        }

        for (; row < rows; row++)
        {
            var from = source + row * stride;
            for (var column = 0; column < columns; column++)
                destination[column * width + row] = from[column] * factor;
        }
    }

    // Register i holds four columns of rows i, i+4, i+8, i+12, one in each quarter; a 4x4 transpose inside the quarters then leaves
    // 16 rows of one column in a register.
    private static void SixteenRows(float* from, nint stride, int columns, float factor, float* to, nint width)
    {
        var scale = Vector512.Create(factor);
        var column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            var a = Quarters(from + column, stride) * scale;
            var b = Quarters(from + column + stride, stride) * scale;
            var c = Quarters(from + column + 2 * stride, stride) * scale;
            var d = Quarters(from + column + 3 * stride, stride) * scale;
            var ab = Avx512F.UnpackLow(a, b).AsDouble();
            var cd = Avx512F.UnpackLow(c, d).AsDouble();
            var y = to + column * width;
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(y);
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(y + width);
            ab = Avx512F.UnpackHigh(a, b).AsDouble();
            cd = Avx512F.UnpackHigh(c, d).AsDouble();
            Avx512F.UnpackLow(ab, cd).AsSingle().Store(y + 2 * width);
            Avx512F.UnpackHigh(ab, cd).AsSingle().Store(y + 3 * width);
        }

        RestOfColumns(from, stride, column, columns, 16, factor, to, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(float* from, nint stride)
    {
        var result = Vector128.Load(from).ToVector256Unsafe().ToVector512Unsafe();
        result = Avx512F.InsertVector128(result, Vector128.Load(from + 4 * stride), 1);
        result = Avx512F.InsertVector128(result, Vector128.Load(from + 8 * stride), 2);
        return Avx512F.InsertVector128(result, Vector128.Load(from + 12 * stride), 3);
    }

    private static void FourRows(float* from, nint stride, int columns, float factor, float* to, nint width)
    {
        var scale = Vector128.Create(factor);
        var column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            var a = Vector128.Load(from + column) * scale;
            var b = Vector128.Load(from + column + stride) * scale;
            var c = Vector128.Load(from + column + 2 * stride) * scale;
            var d = Vector128.Load(from + column + 3 * stride) * scale;
            var ab = Sse.UnpackLow(a, b);
            var cd = Sse.UnpackLow(c, d);
            var y = to + column * width;
            Sse.MoveLowToHigh(ab, cd).Store(y);
            Sse.MoveHighToLow(cd, ab).Store(y + width);
            ab = Sse.UnpackHigh(a, b);
            cd = Sse.UnpackHigh(c, d);
            Sse.MoveLowToHigh(ab, cd).Store(y + 2 * width);
            Sse.MoveHighToLow(cd, ab).Store(y + 3 * width);
        }

        RestOfColumns(from, stride, column, columns, 4, factor, to, width);
    }

    private static void RestOfColumns(float* from, nint stride, int column, int columns, int rows, float factor, float* to, nint width)
    {
        for (; column < columns; column++)
        {
            for (var row = 0; row < rows; row++)
                to[column * width + row] = from[column + row * stride] * factor;
        }
    }
}
