using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class MaskedMse
{
    private static readonly PtxKernel s_forward = new("masked_mse", "masked_mse_forward_f32");
    private static readonly PtxKernel s_backward = new("masked_mse", "masked_mse_backward_f32");

    private static void ForwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values,
        bool normalise, DeviceSpan<float> losses) =>
        gpu.Launch(
            s_forward, new Dim3(batch), GridStride.Block, 0,
            new KernelArguments().Add(prediction).Add(target).Add(mask).Add(patches).Add(values).Add(normalise ? 1 : 0).Add(losses));

    private static void BackwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values,
        bool normalise, float scale, DeviceSpan<float> dPrediction, DeviceSpan<float> dTarget) =>
        gpu.Launch(
            s_backward, ImageRows.Rows(batch, patches + 1L), ImageRows.Block, 0,
            new KernelArguments().Add(prediction).Add(target).Add(mask).Add(patches).Add(values).Add(normalise ? 1 : 0)
                .Add(2.0 * scale / values).Add(dPrediction).Add(dTarget));
}
