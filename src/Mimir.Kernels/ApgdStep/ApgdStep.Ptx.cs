using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/apgd_step.ptx</c>.</content>
public static partial class ApgdStep
{
    private const int PtxThreads = 512; // a block a row

    private static readonly PtxKernel s_start = new("apgd_step", "apgd_step_start_f32");
    private static readonly PtxKernel s_linf = new("apgd_step", "apgd_step_linf_f32");
    private static readonly PtxKernel s_l2 = new("apgd_step", "apgd_step_l2_f32");

    private static void StartOnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> noise, int rows, int values, float epsilon, DeviceSpan<float> points) =>
        gpu.Launch(
            s_start, new Dim3(rows), new Dim3(PtxThreads), 0, new KernelArguments().Add(natural).Add(noise).Add(values).Add(epsilon).Add(points));

    private static void RunOnPtx(PtxDevice gpu, PtxKernel kernel, in Images images)
    {
        var arguments = new KernelArguments();
        arguments.Add(images.Gradient).Add(images.Natural).Add(images.Steps).Add(images.Shares).Add(images.Values).Add(images.Epsilon);
        arguments.Add(images.Previous).Add(images.Points);
        gpu.Launch(kernel, new Dim3(images.Rows), new Dim3(PtxThreads), 0, arguments);
    }
}
