using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class L2Step
{
    private const int PtxThreads = 512; // a block an image

    private static readonly PtxKernel s_start = new("l2_step", "l2_step_start_f32");
    private static readonly PtxKernel s_step = new("l2_step", "l2_step_step_f32");

    private static void StartOnPtx(
        PtxDevice gpu, DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> radius, int batch, int values,
        float epsilon, DeviceSpan<float> adversarial) =>
        gpu.Launch(
            s_start, new Dim3(batch), new Dim3(PtxThreads), 0,
            new KernelArguments().Add(images).Add(noise).Add(radius).Add(values).Add(epsilon).Add(adversarial));

    private static void StepOnPtx(
        PtxDevice gpu, DeviceSpan<float> gradient, DeviceSpan<float> images, int batch, int values, float epsilon, float alpha,
        DeviceSpan<float> adversarial) =>
        gpu.Launch(
            s_step, new Dim3(batch), new Dim3(PtxThreads), 0,
            new KernelArguments().Add(gradient).Add(images).Add(values).Add(epsilon).Add(alpha).Add(adversarial));
}
