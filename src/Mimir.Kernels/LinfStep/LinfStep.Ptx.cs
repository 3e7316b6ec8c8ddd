using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

public static partial class LinfStep
{
    private static readonly PtxKernel s_start = new("linf_step", "linf_step_start_f32");
    private static readonly PtxKernel s_step = new("linf_step", "linf_step_step_f32");

    private static void StartOnPtx(PtxDevice gpu, DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> adversarial) =>
        gpu.Launch(
            s_start, GridStride.Grid(gpu, adversarial.Length), GridStride.Block, 0,
            new KernelArguments().Add(images).Add(noise).Add(adversarial).Add(adversarial.Length));

    private static void StepOnPtx(
        PtxDevice gpu, DeviceSpan<float> gradient, DeviceSpan<float> images, float epsilon, float alpha, DeviceSpan<float> adversarial) =>
        gpu.Launch(
            s_step, GridStride.Grid(gpu, adversarial.Length), GridStride.Block, 0,
            new KernelArguments().Add(gradient).Add(images).Add(epsilon).Add(alpha).Add(adversarial).Add(adversarial.Length));
}
