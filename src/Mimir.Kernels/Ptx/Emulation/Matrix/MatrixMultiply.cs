using System.Runtime.Intrinsics;

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
        var a = (float*)runner.Scratch;
        var b = a + Rows * MaximumDepth;
        var c = b + Columns * MaximumDepth;
        var room = (double*)(c + Rows * Columns);
        for (var piece = 0; piece < pieces; piece++)
        {
            // Rows alternate before k: the first two registers hold the upper and lower rows of the first columns of k.
            TFactor.Unpack(r + aRegisters[2 * piece], a + piece * TFactor.Width, depth);
            TFactor.Unpack(r + aRegisters[2 * piece + 1], a + 8 * depth + piece * TFactor.Width, depth);
            TFactor.Unpack(r + bRegisters[piece], b + piece * TFactor.Width, depth);
        }
        TAccumulator.Unpack(r, cRegisters, c);
        if (runner.Options.Mma == MmaModel.Fast)
            Fast<TAccumulator>(a, b, c, depth, room);
        else
            MmaModels.Multiply<TAccumulator>(a, b, c, depth, runner.Options.Mma, steps: runner.Options.Mma == MmaModel.Ampere && pieces == 2 ? 2 : 1);
        if (lanes == Lanes.All)
            TAccumulator.Pack(r, d, c);
        else
            PackSome<TAccumulator>(r, d, i->Mode, c, lanes, (byte*)room);
    }

    /// <summary>Products and sums in f64, rounded once.</summary>
    private static void Fast<TAccumulator>(float* a, float* b, float* c, int depth, double* room) where TAccumulator : IAccumulator
    {
        var wideA = room;
        var wideB = wideA + Rows * MaximumDepth;
        var sums = wideB + Columns * MaximumDepth;
        Widen(a, wideA, Rows * depth);
        Widen(c, sums, Rows * Columns);
        for (var column = 0; column < Columns; column++)
        {
            for (var k = 0; k < depth; k++)
                wideB[k * Columns + column] = b[column * depth + k];
        }
        for (var row = 0; row < Rows; row += 4)
        {
            var rowA = wideA + row * depth;
            var sum0 = Vector512.Load(sums + row * Columns);
            var sum1 = Vector512.Load(sums + (row + 1) * Columns);
            var sum2 = Vector512.Load(sums + (row + 2) * Columns);
            var sum3 = Vector512.Load(sums + (row + 3) * Columns);
            for (var k = 0; k < depth; k++)
            {
                var rowB = Vector512.Load(wideB + k * Columns);
                sum0 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[k]), rowB, sum0);
                sum1 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[depth + k]), rowB, sum1);
                sum2 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[2 * depth + k]), rowB, sum2);
                sum3 = Vector512.FusedMultiplyAdd(Vector512.Create(rowA[3 * depth + k]), rowB, sum3);
            }
            sum0.Store(sums + row * Columns);
            sum1.Store(sums + (row + 1) * Columns);
            sum2.Store(sums + (row + 2) * Columns);
            sum3.Store(sums + (row + 3) * Columns);
        }
        TAccumulator.Round(sums, c);
    }

    private static void Widen(float* source, double* destination, int count)
    {
        for (var n = 0; n < count; n += 16)
        {
            var (low, high) = Vector512.Widen(Vector512.Load(source + n));
            low.Store(destination + n);
            high.Store(destination + n + 8);
        }
    }

    /// <summary>Lanes are missing: that is reported, and those that are there get their results.</summary>
    private static void PackSome<TAccumulator>(byte* r, int* registers, int count, float* c, uint lanes, byte* room) where TAccumulator : IAccumulator
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
