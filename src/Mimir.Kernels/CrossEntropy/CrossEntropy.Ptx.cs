using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/cross_entropy.ptx</c>.</content>
public static partial class CrossEntropy
{
    private const int SamplesPerBlock = 4; // a warp each
    private const int LabelThreads = 256; // one block looks at all labels

    private static readonly PtxKernel s_forward = new("cross_entropy", "cross_entropy_forward_f32");
    private static readonly PtxKernel s_backward = new("cross_entropy", "cross_entropy_backward_f32");
    private static readonly PtxKernel s_forwardSoft = new("cross_entropy", "cross_entropy_forward_soft_f32");
    private static readonly PtxKernel s_backwardSoft = new("cross_entropy", "cross_entropy_backward_soft_f32");
    private static readonly PtxKernel s_checkLabels = new("cross_entropy", "cross_entropy_check_labels");

    private static void ForwardOnPtx(
        PtxDevice gpu,
        string entry,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float labelSmoothing,
        DeviceSpan<float> losses)
    {
        RequireLabelsInRange(gpu, entry, labels, batch, classes);
        LaunchRows(gpu, s_forward, batch, new KernelArguments().Add(logits).Add(labels).Add(batch).Add(classes).Add(labelSmoothing).Add(losses));
    }

    private static void BackwardOnPtx(
        PtxDevice gpu,
        string entry,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float labelSmoothing,
        float scale,
        DeviceSpan<float> dLogits)
    {
        RequireLabelsInRange(gpu, entry, labels, batch, classes);
        LaunchRows(
            gpu, s_backward, batch,
            new KernelArguments().Add(logits).Add(labels).Add(batch).Add(classes).Add(labelSmoothing).Add(scale).Add(dLogits));
    }

    private static void ForwardSoftOnPtx(
        PtxDevice gpu, DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, DeviceSpan<float> losses) =>
        LaunchRows(gpu, s_forwardSoft, batch, new KernelArguments().Add(logits).Add(targets).Add(batch).Add(classes).Add(losses));

    private static void BackwardSoftOnPtx(
        PtxDevice gpu, DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, float scale, DeviceSpan<float> dLogits) =>
        LaunchRows(
            gpu, s_backwardSoft, batch, new KernelArguments().Add(logits).Add(targets).Add(batch).Add(classes).Add(scale).Add(dLogits));

    private static void LaunchRows(PtxDevice gpu, PtxKernel kernel, int batch, in KernelArguments arguments) =>
        gpu.Launch(kernel, new Dim3((int)(((long)batch + SamplesPerBlock - 1) / SamplesPerBlock)), new Dim3(32 * SamplesPerBlock), 0, arguments);

    // Waits for the device: a wrong label is an error of the caller, to be told at the call. What is recorded was called before; should
    // its labels change until it is replayed, the kernels give NaN for a wrong one.
    internal static void RequireLabelsInRange(PtxDevice gpu, string entry, DeviceSpan<int> labels, int batch, int classes)
    {
        if (gpu.IsRecording)
            return;
        var result = gpu.Scratch<int>(PtxScratchSlot.Results, 2);
        gpu.Launch(
            s_checkLabels, new Dim3(1), new Dim3(LabelThreads), 0,
            new KernelArguments().Add(labels).Add(batch).Add(classes).Add(result));
        Span<int> found = stackalloc int[2];
        result.CopyTo(found);
        if (found[0] >= 0)
            throw WrongLabel(entry, found[0], found[1], classes);
    }
}
