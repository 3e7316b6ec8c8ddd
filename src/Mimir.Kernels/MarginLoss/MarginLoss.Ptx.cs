using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launch of <c>kernels/margin_loss.ptx</c>.</content>
public static partial class MarginLoss
{
    private const int SamplesPerBlock = 4; // a warp each

    private static readonly PtxKernel s_rows = new("margin_loss", "margin_loss_f32");

    private static void RunOnPtx(
        PtxDevice gpu, string entry, in Samples samples, float scale, DeviceSpan<float> losses, DeviceSpan<float> dLogits)
    {
        CrossEntropy.RequireLabelsInRange(gpu, entry, samples.Labels, samples.Batch, samples.Classes);
        if (samples.Form.IsTargeted())
            CrossEntropy.RequireLabelsInRange(gpu, entry, samples.Targets, samples.Batch, samples.Classes);
        var arguments = new KernelArguments();
        arguments.Add(samples.Logits).Add(samples.Labels).Add(samples.Targets).Add(samples.Batch).Add(samples.Classes).Add((int)samples.Form);
        arguments.Add(samples.Floor).Add(scale).Add(losses).Add(dLogits);
        var blocks = (int)(((long)samples.Batch + SamplesPerBlock - 1) / SamplesPerBlock);
        gpu.Launch(s_rows, new Dim3(blocks), new Dim3(32 * SamplesPerBlock), 0, arguments);
    }
}
