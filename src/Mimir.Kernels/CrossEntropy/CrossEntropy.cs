using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Cross-entropy of softmax probabilities p = softmax(logits) with labels or target distributions, one loss a sample.
/// The row's maximum is subtracted first, so no finite logits overflow. Arrays are contiguous row-major float32; an empty batch is
/// a no-op. Losses are within 2e-7·(1 + the row's largest |logit|) + 1e-6·|loss| of float64 for up to 1000 classes. NaN
/// gives NaN; −∞ rules a class out. Labels are looked at before anything is written, for which a call waits for a GPU.</summary>
public static partial class CrossEntropy
{
    /// <summary>losses[b] = (1 − s) · (−log p[b, label]) + s · mean_c(−log p[b, c]) with label smoothing s (Szegedy et al. 2016,
    /// arXiv:1512.00567).</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="labelSmoothing">s in [0, 1].</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, or a label is out of range.</exception>
    public static void Forward(
        DeviceSpan<float> logits, DeviceSpan<int> labels, int batch, int classes, float labelSmoothing, DeviceSpan<float> losses)
    {
        const string entry = "CrossEntropy.Forward";
        var elements = CheckLogits(entry, logits, batch, classes);
        CheckLabels(entry, labels, batch, labelSmoothing);
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(losses.Device, entry, FlopsPerElement * elements, 4.0 * elements, new(batch, classes));
        if (PtxDevice.Is(losses, out var gpu))
            ForwardOnPtx(gpu, entry, logits, labels, batch, classes, labelSmoothing, losses);
        else
            ForwardOnHost(HostDevice.Of(losses, entry), entry, logits, labels, batch, classes, labelSmoothing, losses);
    }

    /// <summary>The gradient of scale · Σ_b losses[b]: dLogits = scale · (p − (1 − s)·onehot(label) − s/classes).</summary>
    /// <param name="logits">[batch, classes], as in the forward pass.</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="labelSmoothing">s in [0, 1].</param>
    /// <param name="scale">Such as 1/batch for the gradient of the mean.</param>
    /// <param name="dLogits">[batch, classes], overwritten; may be logits. Absolute error at most 2e-6 · |scale|.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, or a label is out of range.</exception>
    public static void Backward(
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float labelSmoothing,
        float scale,
        DeviceSpan<float> dLogits)
    {
        const string entry = "CrossEntropy.Backward";
        var elements = CheckLogits(entry, logits, batch, classes);
        CheckLabels(entry, labels, batch, labelSmoothing);
        Contract.Elements(dLogits, elements, entry, "dLogits", "[batch, classes]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(dLogits.Device, entry, FlopsPerElement * elements, 8.0 * elements, new(batch, classes));
        if (PtxDevice.Is(dLogits, out var gpu))
            BackwardOnPtx(gpu, entry, logits, labels, batch, classes, labelSmoothing, scale, dLogits);
        else
            BackwardOnHost(HostDevice.Of(dLogits, entry), entry, logits, labels, batch, classes, labelSmoothing, scale, dLogits);
    }

    /// <summary>losses[b] = Σ_c targets[b, c] · (−log p[b, c]).</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="targets">[batch, classes]; rows need not sum to 1.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static void ForwardSoft(
        DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, DeviceSpan<float> losses)
    {
        const string entry = "CrossEntropy.ForwardSoft";
        var elements = CheckLogits(entry, logits, batch, classes);
        Contract.Elements(targets, elements, entry, "targets", "[batch, classes]");
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(losses.Device, entry, FlopsPerElement * elements, 8.0 * elements, new(batch, classes));
        if (PtxDevice.Is(losses, out var gpu))
            ForwardSoftOnPtx(gpu, logits, targets, batch, classes, losses);
        else
            ForwardSoftOnHost(HostDevice.Of(losses, entry), logits, targets, batch, classes, losses);
    }

    /// <summary>The gradient of scale · Σ_b losses[b] in the logits: dLogits = scale · (p · Σ_c targets − targets).</summary>
    /// <param name="logits">[batch, classes], as in the forward pass.</param>
    /// <param name="targets">[batch, classes].</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="scale">Such as 1/batch for the gradient of the mean.</param>
    /// <param name="dLogits">[batch, classes], overwritten; may be logits, not targets.</param>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static void BackwardSoft(
        DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, float scale, DeviceSpan<float> dLogits)
    {
        const string entry = "CrossEntropy.BackwardSoft";
        var elements = CheckLogits(entry, logits, batch, classes);
        Contract.Elements(targets, elements, entry, "targets", "[batch, classes]");
        Contract.Elements(dLogits, elements, entry, "dLogits", "[batch, classes]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(dLogits.Device, entry, FlopsPerElement * elements, 12.0 * elements, new(batch, classes));
        if (PtxDevice.Is(dLogits, out var gpu))
            BackwardSoftOnPtx(gpu, logits, targets, batch, classes, scale, dLogits);
        else
            BackwardSoftOnHost(HostDevice.Of(dLogits, entry), logits, targets, batch, classes, scale, dLogits);
    }

    private const double FlopsPerElement = 25; // mostly the exponential

    private static long CheckLogits(string entry, DeviceSpan<float> logits, int batch, int classes)
    {
        Contract.Require(batch >= 0 && classes > 0, entry, "batch must not be negative and classes at least 1");
        var elements = (long)batch * classes;
        Contract.Elements(logits, elements, entry, "logits", "[batch, classes]");
        return elements;
    }

    private static void CheckLabels(string entry, DeviceSpan<int> labels, int batch, float labelSmoothing)
    {
        Contract.Elements(labels, batch, entry, "labels", "[batch]");
        Contract.Require(labelSmoothing is >= 0 and <= 1, entry, "labelSmoothing must lie in [0, 1]");
    }

    private static ShapeException WrongLabel(string entry, int sample, int label, int classes) =>
        new($"{entry}: the label of sample {sample} is {label}, expected 0 to {classes - 1}");
}
