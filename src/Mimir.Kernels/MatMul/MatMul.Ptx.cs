using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class MatMul
{
    private const int SliceThreads = 256;
    private static readonly PtxKernel s_addSlices = new("matmul_slices", "matmul_add_slices_f32");

    private static void NNOnPtx(
        PtxDevice gpu, DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> factor, DeviceSpan<float> addend,
        DeviceSpan<float> c)
    {
        var tiling = ProductTiling.Choose(gpu.Precision, gpu.Multiprocessors, m, n, k, factor.IsEmpty ? c.Length : 0);
        var target = SliceTarget.Of(gpu, tiling, c, addend);
        var arguments = new KernelArguments();
        arguments.Add(a).Add(b).Add(m).Add(n).Add(k).Add(tiling.SlabsPerSlice).Add(tiling.SliceStride);
        arguments.Add(factor).Add(target.Addend).Add(target.Out);
        gpu.Launch(ProductEntries.Of(gpu.Precision).NN, tiling.Grid, tiling.Block, tiling.SharedBytes, arguments);
        AddSlices(gpu, tiling, target, addend, c, default);
    }

    private static void NTOnPtx(
        PtxDevice gpu, DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, in LinearEpilogue epilogue, DeviceSpan<float> addend,
        DeviceSpan<float> c)
    {
        var isSum = epilogue.Bias.IsEmpty && !epilogue.Gelu && epilogue.RowScale.IsEmpty;
        var tiling = ProductTiling.Choose(gpu.Precision, gpu.Multiprocessors, m, n, k, isSum ? c.Length : 0);
        var target = SliceTarget.Of(gpu, tiling, c, addend);
        var arguments = new KernelArguments();
        arguments.Add(a).Add(b).Add(m).Add(n).Add(k).Add(tiling.SlabsPerSlice).Add(tiling.SliceStride);
        arguments.Add(epilogue.Bias).Add(epilogue.Gelu ? 1 : 0).Add(epilogue.Derivative).Add(epilogue.RowScale).Add(epilogue.RowsPerScale);
        arguments.Add(target.Addend).Add(target.Out);
        gpu.Launch(ProductEntries.Of(gpu.Precision).NT, tiling.Grid, tiling.Block, tiling.SharedBytes, arguments);
        AddSlices(gpu, tiling, target, addend, c, default);
    }

    private static void TNOnPtx(
        PtxDevice gpu, DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> addend, DeviceSpan<float> c,
        DeviceSpan<float> sums)
    {
        var tiling = ProductTiling.Choose(gpu.Precision, gpu.Multiprocessors, m, n, k, c.Length + sums.Length);
        var target = SliceTarget.Of(gpu, tiling, c, addend);
        var slicedSums = target.IsSliced && !sums.IsEmpty;
        var arguments = new KernelArguments();
        arguments.Add(a).Add(b).Add(m).Add(n).Add(k).Add(tiling.SlabsPerSlice).Add(tiling.SliceStride);
        arguments.Add(target.Addend).Add(target.Out);
        arguments.Add(slicedSums ? default : sums).Add(slicedSums ? target.Out.Slice(c.Length, sums.Length) : sums);
        gpu.Launch(ProductEntries.Of(gpu.Precision).TN, tiling.Grid, tiling.Block, tiling.SharedBytes, arguments);
        AddSlices(gpu, tiling, target, addend, c, sums);
    }

    // What the slices left, in their order, behind what was there before.
    private static void AddSlices(
        PtxDevice gpu, in ProductTiling tiling, in SliceTarget target, DeviceSpan<float> addend, DeviceSpan<float> c, DeviceSpan<float> sums)
    {
        if (!target.IsSliced)
            return;
        var arguments = new KernelArguments();
        arguments.Add(target.Out).Add(tiling.Slices).Add(tiling.SliceStride);
        arguments.Add(c.Length).Add(addend).Add(c).Add(sums.Length).Add(sums).Add(sums);
        var blocks = (c.Length + sums.Length + SliceThreads - 1) / SliceThreads;
        gpu.Launch(s_addSlices, new Dim3(checked((int)blocks)), new Dim3(SliceThreads), 0, arguments);
    }

    // Where a product's blocks write: the destination itself, or a slice of scratch memory each.
    private readonly ref struct SliceTarget
    {
        public bool IsSliced { get; private init; }

        public DeviceSpan<float> Out { get; private init; }

        public DeviceSpan<float> Addend { get; private init; }

        public static SliceTarget Of(PtxDevice gpu, in ProductTiling tiling, DeviceSpan<float> c, DeviceSpan<float> addend) => tiling.Slices == 1
            ? new SliceTarget { Out = c, Addend = addend }
            : new SliceTarget { IsSliced = true, Out = gpu.Scratch<float>(PtxScratchSlot.Partials, tiling.Slices * tiling.SliceStride) };
    }
}
