using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>mma.sync: D = A B + C of a warp, 16 × 8 with <see cref="DecodedInstruction.Bytes"/> columns of k. The registers of D, A, B and C are in
/// <see cref="DecodedInstruction.List"/>, one behind the other; <see cref="DecodedInstruction.Mode"/> is the number of D's.</summary>
internal static unsafe class MatrixMultiply
{
    private const int Rows = 16;
    private const int Columns = 8;
    private const int MaximumDepth = 16;

    public static void Multiply<TFactor, TAccumulator>(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
        where TFactor : IFactor where TAccumulator : IAccumulator
    {
        var depth = i->Bytes;
        var pieces = depth / TFactor.Width;
        var d = i->List;
        var aRegisters = d + i->Mode;
        var bRegisters = aRegisters + 2 * pieces;
        var cRegisters = bRegisters + pieces;
        var a = (double*)runner.Scratch;
        var b = a + Rows * MaximumDepth;
        var c = b + Columns * MaximumDepth;
        for (var piece = 0; piece < pieces; piece++)
        {
            // Rows alternate before k: the first two registers hold the upper and lower rows of the first columns of k.
            TFactor.Unpack(r + aRegisters[2 * piece], a + piece * TFactor.Width, depth);
            TFactor.Unpack(r + aRegisters[2 * piece + 1], a + 8 * depth + piece * TFactor.Width, depth);
            TFactor.Unpack(r + bRegisters[piece], b + piece * TFactor.Width, depth);
        }
        TAccumulator.Unpack(r, cRegisters, c);
        if (runner.Options.Mma == MmaModel.Fast)
            Fast(a, b, c, depth, c + Rows * Columns);
        else
            MmaModels.Multiply<TAccumulator>(a, b, c, depth, runner.Options.Mma, steps: runner.Options.Mma == MmaModel.Ampere && pieces == 2 ? 2 : 1);
        if (lanes == Lanes.All)
            TAccumulator.Pack(r, d, c);
        else
            PackSome<TAccumulator>(r, d, i->Mode, c, lanes, (byte*)a);
    }

    /// <summary>Products and sums in f64; packing rounds once.</summary>
    private static void Fast(double* a, double* b, double* c, int depth, double* room)
    {
        for (var k = 0; k < depth; k += Columns)
            Transpose(b + k, depth, room + k * Columns, Math.Min(depth - k, Columns));
        for (var row = 0; row < Rows; row += 4)
        {
            var rowA = a + row * depth;
            var sum0 = Vector512.Load(c + row * Columns);
            var sum1 = Vector512.Load(c + (row + 1) * Columns);
            var sum2 = Vector512.Load(c + (row + 2) * Columns);
            var sum3 = Vector512.Load(c + (row + 3) * Columns);
            for (var k = 0; k < depth; k++)
            {
                var rowB = Vector512.Load(room + k * Columns);
                sum0 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[k]), rowB, sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[depth + k]), rowB, sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[2 * depth + k]), rowB, sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[3 * depth + k]), rowB, sum3);
            }
            sum0.Store(c + row * Columns);
            sum1.Store(c + (row + 1) * Columns);
            sum2.Store(c + (row + 2) * Columns);
            sum3.Store(c + (row + 3) * Columns);
        }
    }

    /// <summary>Eight rows of B's columns to rows of k.</summary>
    private static void Transpose(double* source, int stride, double* destination, int width)
    {
        if (!Avx512F.IsSupported || width < Columns)
        {
            for (var column = 0; column < Columns; column++)
            {
                for (var k = 0; k < width; k++)
                    destination[k * Columns + column] = source[column * stride + k];
            }
            return;
        }
        // Three rounds of pairs: single elements, pairs, and halves change places.
        var r0 = Vector512.Load(source);
        var r1 = Vector512.Load(source + stride);
        var r2 = Vector512.Load(source + 2 * stride);
        var r3 = Vector512.Load(source + 3 * stride);
        var r4 = Vector512.Load(source + 4 * stride);
        var r5 = Vector512.Load(source + 5 * stride);
        var r6 = Vector512.Load(source + 6 * stride);
        var r7 = Vector512.Load(source + 7 * stride);
        var (a0, a1) = (Avx512F.UnpackLow(r0, r1), Avx512F.UnpackHigh(r0, r1));
        var (a2, a3) = (Avx512F.UnpackLow(r2, r3), Avx512F.UnpackHigh(r2, r3));
        var (a4, a5) = (Avx512F.UnpackLow(r4, r5), Avx512F.UnpackHigh(r4, r5));
        var (a6, a7) = (Avx512F.UnpackLow(r6, r7), Avx512F.UnpackHigh(r6, r7));
        var lowPairs = Vector512.Create(0L, 1, 8, 9, 4, 5, 12, 13);
        var highPairs = Vector512.Create(2L, 3, 10, 11, 6, 7, 14, 15);
        Halves(Avx512F.PermuteVar8x64x2(a0, lowPairs, a2), Avx512F.PermuteVar8x64x2(a4, lowPairs, a6), destination);
        Halves(Avx512F.PermuteVar8x64x2(a1, lowPairs, a3), Avx512F.PermuteVar8x64x2(a5, lowPairs, a7), destination + Columns);
        Halves(Avx512F.PermuteVar8x64x2(a0, highPairs, a2), Avx512F.PermuteVar8x64x2(a4, highPairs, a6), destination + 2 * Columns);
        Halves(Avx512F.PermuteVar8x64x2(a1, highPairs, a3), Avx512F.PermuteVar8x64x2(a5, highPairs, a7), destination + 3 * Columns);
    }

    /// <summary>Rows k and k + 4: the lower halves of two vectors, and the upper ones.</summary>
    private static void Halves(Vector512<double> upperColumns, Vector512<double> lowerColumns, double* destination)
    {
        Vector512.Create(upperColumns.GetLower(), lowerColumns.GetLower()).Store(destination);
        Vector512.Create(upperColumns.GetUpper(), lowerColumns.GetUpper()).Store(destination + 4 * Columns);
    }

    /// <summary>Lanes are missing: that is reported, and those that are there get their results.</summary>
    private static void PackSome<TAccumulator>(byte* r, int* registers, int count, double* c, uint lanes, byte* room) where TAccumulator : IAccumulator
    {
        var places = stackalloc int[count];
        for (var n = 0; n < count; n++)
            places[n] = (int)(room - r) + n * Lanes.Bytes32;
        TAccumulator.Pack(r, places, c);
        for (var n = 0; n < count; n++)
        {
            for (var lane = 0; lane < Lanes.Count; lane += 16)
                Elementwise.Blend((uint*)(r + registers[n]) + lane, Vector512.Load((uint*)(room + n * Lanes.Bytes32) + lane), lanes, lane);
        }
    }
}
