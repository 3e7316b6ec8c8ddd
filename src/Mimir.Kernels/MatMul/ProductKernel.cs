using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>One product on the host. Task i is the i-th strip of rows, as high as a tile. Within the strips that it is given, a
/// thread goes over slices of the depth, then over blocks of panels that fit its second-level cache, then over strips, then over
/// the panels of the block.</summary>
internal unsafe struct ProductKernel : ISimdKernel
{
    /// <summary>[Rows, Depth].</summary>
    public LeftOperand Left;

    /// <summary>[Depth, Columns].</summary>
    public RightOperand Right;

    /// <summary>Rows of the destination.</summary>
    public int Rows;

    /// <summary>Columns of the destination.</summary>
    public int Columns;

    /// <summary>Length of the inner products.</summary>
    public int Depth;

    /// <summary>Length of the slices that the depth is cut into. More than one slice needs an epilogue that just adds: it goes with the first.</summary>
    public int DepthSlice;

    /// <summary>[Rows, Columns].</summary>
    public float* Destination;

    /// <summary>What is done to the sums.</summary>
    public TileEpilogue Epilogue;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
    {
        var width = ProductBlocking.TileColumns(S.Lanes);
        var height = ProductBlocking.TileRows(S.Lanes);
        var panels = (Columns + width - 1) / width;
        var together = ProductBlocking.PanelsTogether(panels, DepthSlice, width);
        var leftScratch = LaneScratch.Floats(ScratchSlot.MatMulA, LeftOperand.ScratchFloats(S.Lanes, DepthSlice));
        var rightScratch = LaneScratch.Floats(ScratchSlot.MatMulB, Right.ScratchFloats(together, DepthSlice, width));
        var tile = LaneScratch.Floats(ScratchSlot.MatMulTile, height * width);
        var epilogue = Epilogue;
        if (Left.Sums != null)
            Left.AddSums<S, V>(from * height, Math.Min(to * height, Rows) - from * height, Depth);
        for (var k = 0; k == 0 || k < Depth; k += DepthSlice)
        {
            var depth = Math.Min(DepthSlice, Depth - k);
            for (var panel = 0; panel < panels; panel += together)
            {
                var block = Math.Min(together, panels - panel);
                var right = Right.Stage<S, V>(panel, block, Columns, Depth, k, depth, rightScratch);
                for (var strip = from; strip < to; strip++)
                {
                    var row = strip * height;
                    var rows = Math.Min(height, Rows - row);
                    var tileRows = ProductBlocking.EdgeTileRows(S.Lanes, rows);
                    var left = Left.Strip(row, rows, tileRows, k, depth, leftScratch);
                    for (var p = 0; p < block; p++)
                    {
                        var column = (panel + p) * width;
                        var columns = Math.Min(width, Columns - column);
                        var vectors = columns <= S.Lanes ? 1 : 2;
                        var b = p == right.EdgePanel ? right.Edge : right.Data + p * right.PanelFloats;
                        var bStep = p == right.EdgePanel ? width : right.StepFloats;
                        var at = (long)row * Columns + column;
                        var target = new TileTarget { Ahead = Destination + at, AheadRow = Columns };
                        if (rows != tileRows || columns != vectors * S.Lanes || !(epilogue.IsPlain || epilogue.IsGelu))
                        {
                            target.Data = tile;
                            target.Row = width;
                            Tile<S, V>(tileRows, vectors, depth, left, b, bStep, target);
                            epilogue.Store<S, V>(tile, width, row, rows, column, columns, Destination, Columns);
                            continue;
                        }

                        target.Bias = epilogue.Bias == null ? null : epilogue.Bias + column;
                        if (epilogue.Gelu)
                        {
                            target.Data = tile;
                            target.Row = width;
                            target.SetSecondAhead(epilogue.Derivative, at);
                            Tile<S, V>(tileRows, vectors, depth, left, b, bStep, target);
                            epilogue.StoreGelu<S, V>(tile, width, at, rows, vectors, Destination, Columns);
                            continue;
                        }

                        target.Data = Destination + at;
                        target.Row = Columns;
                        var other = epilogue.Other(Destination);
                        if (other != null)
                        {
                            target.Other = other + at;
                            target.Multiplies = epilogue.Factor != null;
                            target.SetSecondAhead(other, at);
                        }

                        Tile<S, V>(tileRows, vectors, depth, left, b, bStep, target);
                    }
                }
            }

            epilogue = new TileEpilogue { Accumulate = true };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<S, V>(
        int rows, int vectors, int depth, in LeftStrip left, float* b, nint bStep, in TileTarget target)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var a = left.Data;
        var aRow = left.RowBytes;
        var aStep = left.StepBytes;
        if (S.Lanes == 16 && rows == 12)
        {
            if (vectors == 2)
                MicroKernel.Tile<S, V, Tile12x2>(depth, a, aRow, aStep, b, bStep, target);
            else
                MicroKernel.Tile<S, V, Tile12x1>(depth, a, aRow, aStep, b, bStep, target);
        }
        else if (S.Lanes == 16 && rows == 8)
        {
            if (vectors == 2)
                MicroKernel.Tile<S, V, Tile8x2>(depth, a, aRow, aStep, b, bStep, target);
            else
                MicroKernel.Tile<S, V, Tile8x1>(depth, a, aRow, aStep, b, bStep, target);
        }
        else if (S.Lanes != 16 && rows == 6)
        {
            if (vectors == 2)
                MicroKernel.Tile<S, V, Tile6x2>(depth, a, aRow, aStep, b, bStep, target);
            else
                MicroKernel.Tile<S, V, Tile6x1>(depth, a, aRow, aStep, b, bStep, target);
        }
        else
        {
            if (vectors == 2)
                MicroKernel.Tile<S, V, Tile4x2>(depth, a, aRow, aStep, b, bStep, target);
            else
                MicroKernel.Tile<S, V, Tile4x1>(depth, a, aRow, aStep, b, bStep, target);
        }
    }
}
