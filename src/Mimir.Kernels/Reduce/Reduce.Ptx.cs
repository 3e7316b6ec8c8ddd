using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class Reduce
{
    private const int MostBlocks = 1024; // of the first stage; by the array's length alone, so that no card changes the order of a sum
    private const int WarpsABlock = GridStride.Threads / 32;
    private const int ElementsABlock = 4 * GridStride.Threads;
    private const int TotalThreads = 1024;

    private static readonly PtxKernel s_sum = new("reduce", "reduce_sum_f32");
    private static readonly PtxKernel s_squares = new("reduce", "reduce_squares_f32");
    private static readonly PtxKernel s_countOutside = new("reduce", "reduce_count_outside_f32");
    private static readonly PtxKernel s_total = new("reduce", "reduce_total_f64");

    private static double SumOnPtx(PtxDevice gpu, DeviceSpan<float> x)
    {
        var partials = Partials(gpu, x.Length, out var grid);
        gpu.Launch(s_sum, grid, GridStride.Block, 0, new KernelArguments().Add(x).Add(x.Length).Add(partials));
        return Total(gpu, partials);
    }

    private static double SumOfSquaresOnPtx(PtxDevice gpu, ReadOnlySpan<DeviceSpan<float>> terms)
    {
        var count = terms[0].Length;
        var partials = Partials(gpu, count, out var grid);
        var arguments = new KernelArguments();
        for (var i = 0; i < AdamW.MostGradients; i++)
            arguments.Add(i < terms.Length ? terms[i] : default);
        gpu.Launch(s_squares, grid, GridStride.Block, 0, arguments.Add(terms.Length).Add(count).Add(partials));
        return Total(gpu, partials);
    }

    private static bool AllFiniteOnPtx(PtxDevice gpu, DeviceSpan<float> x) => CountOutsideOnPtx(gpu, x, -1, float.MaxValue) == 0;

    private static long CountZerosOnPtx(PtxDevice gpu, DeviceSpan<float> x) => CountOutsideOnPtx(gpu, x, 0, float.PositiveInfinity);

    /// <summary>How many elements have a magnitude outside (low, high], or none.</summary>
    private static long CountOutsideOnPtx(PtxDevice gpu, DeviceSpan<float> x, float low, float high)
    {
        var partials = Partials(gpu, x.Length, out var grid);
        gpu.Launch(
            s_countOutside, grid, GridStride.Block, 0, new KernelArguments().Add(x).Add(x.Length).Add(low).Add(high).Add(partials));
        return (long)Total(gpu, partials);
    }

    /// <summary>The grid of a first stage and a partial for each of its warps.</summary>
    private static DeviceSpan<double> Partials(PtxDevice gpu, long count, out Dim3 grid)
    {
        grid = new Dim3((int)Math.Min((count - 1) / ElementsABlock + 1, MostBlocks));
        return gpu.Scratch<double>(PtxScratchSlot.Partials, grid.X * WarpsABlock);
    }

    private static double Total(PtxDevice gpu, DeviceSpan<double> partials)
    {
        var result = gpu.Scratch<double>(PtxScratchSlot.Results, 1);
        gpu.Launch(
            s_total, new Dim3(1), new Dim3(TotalThreads), 0, new KernelArguments().Add(partials).Add((int)partials.Length).Add(result));
        Span<double> total = stackalloc double[1];
        result.CopyTo(total);
        return total[0];
    }
}
