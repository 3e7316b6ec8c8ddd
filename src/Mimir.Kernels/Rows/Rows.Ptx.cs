using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/rows.ptx</c>.</content>
public static partial class Rows
{
    private const int PtxThreads = 512; // a block a row

    private static readonly PtxKernel s_select = new("rows", "rows_select_b32");
    private static readonly PtxKernel s_linf = new("rows", "rows_linf_f32");
    private static readonly PtxKernel s_l2 = new("rows", "rows_l2_f32");
    private static readonly PtxKernel s_l1 = new("rows", "rows_l1_f32");
    private static readonly PtxKernel s_blend = new("rows", "rows_blend_f32");

    private static void SelectOnPtx(
        PtxDevice gpu, DeviceSpan<int> chosen, DeviceSpan<float> source, int rows, int values, DeviceSpan<float> destination) =>
        gpu.Launch(s_select, new Dim3(rows), new Dim3(PtxThreads), 0, new KernelArguments().Add(chosen).Add(source).Add(values).Add(destination));

    private static void DistancesOnPtx(
        PtxDevice gpu, bool linf, DeviceSpan<float> a, DeviceSpan<float> b, int rows, int values, DeviceSpan<float> distances) =>
        gpu.Launch(
            linf ? s_linf : s_l2, new Dim3(rows), new Dim3(PtxThreads), 0, new KernelArguments().Add(a).Add(b).Add(values).Add(distances));

    private static void L1NormsOnPtx(PtxDevice gpu, DeviceSpan<float> a, int rows, int values, DeviceSpan<float> norms) =>
        gpu.Launch(s_l1, new Dim3(rows), new Dim3(PtxThreads), 0, new KernelArguments().Add(a).Add(values).Add(norms));

    private static void BlendOnPtx(
        PtxDevice gpu, DeviceSpan<float> center, DeviceSpan<float> factors, int rows, int values, DeviceSpan<float> points) =>
        gpu.Launch(s_blend, new Dim3(rows), new Dim3(PtxThreads), 0, new KernelArguments().Add(center).Add(factors).Add(values).Add(points));
}
