using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

public static partial class Elementwise
{
    private static readonly PtxKernel s_addScaled = new("elementwise", "elementwise_add_scaled_f32");
    private static readonly PtxKernel s_scale = new("elementwise", "elementwise_scale_f32");
    private static readonly PtxKernel s_scaleRows = new("elementwise", "elementwise_scale_rows_f32");
    private static readonly PtxKernel s_fill = new("elementwise", "elementwise_fill_f32");
    private static readonly PtxKernel s_copy = new("elementwise", "elementwise_copy_f32");

    /// <summary>y = a + factor · b, shared with <see cref="Reduce"/>. With factor 1 it has the bits of the plain sum.</summary>
    internal static void AddScaledOnPtx(PtxDevice gpu, DeviceSpan<float> a, DeviceSpan<float> b, float factor, DeviceSpan<float> y) =>
        gpu.Launch(
            s_addScaled, GridStride.Grid(gpu, y.Length), GridStride.Block, 0,
            new KernelArguments().Add(a).Add(b).Add(factor).Add(y).Add(y.Length));

    private static void ScaleOnPtx(PtxDevice gpu, DeviceSpan<float> x, float factor, DeviceSpan<float> y) =>
        gpu.Launch(
            s_scale, GridStride.Grid(gpu, y.Length), GridStride.Block, 0, new KernelArguments().Add(x).Add(factor).Add(y).Add(y.Length));

    private static void ScaleRowsOnPtx(PtxDevice gpu, DeviceSpan<float> x, DeviceSpan<float> scale, long group, DeviceSpan<float> y) =>
        gpu.Launch(
            s_scaleRows, GridStride.Grid(gpu, y.Length), GridStride.Block, 0,
            new KernelArguments().Add(x).Add(scale).Add(group).Add(y).Add(y.Length));

    private static void FillOnPtx(PtxDevice gpu, float value, DeviceSpan<float> y) =>
        gpu.Launch(s_fill, GridStride.Grid(gpu, y.Length), GridStride.Block, 0, new KernelArguments().Add(value).Add(y).Add(y.Length));

    private static void CopyOnPtx(PtxDevice gpu, DeviceSpan<float> x, DeviceSpan<float> y) =>
        gpu.Launch(s_copy, GridStride.Grid(gpu, y.Length), GridStride.Block, 0, new KernelArguments().Add(x).Add(y).Add(y.Length));
}
