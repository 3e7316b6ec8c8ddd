using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Losses of the margin between the label's logit and another's, one a sample, that attacks ascend (<see cref="MarginForm"/>).
/// Arrays are contiguous row-major float32; an empty batch is a no-op. Values and gradients are the formulas in float32, an IEEE
/// operation a step, with the same bits on every device; the ranking counts as constant in the gradient. A NaN in a row makes its loss
/// and its whole gradient NaN. Labels are looked at before anything is written, for which a call waits for a GPU.</summary>
public static partial class MarginLoss
{
    /// <summary>losses[b] = max(the loss of sample b, floor).</summary>
    /// <param name="form">Which loss.</param>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="targets">[batch], each in [0, classes), for a form with targets; else empty.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least as many as the form needs.</param>
    /// <param name="floor">Clamps from below; −∞ does not.</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, there are too few classes, or a label or target is out of range.</exception>
    public static void Forward(
        MarginForm form,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        DeviceSpan<int> targets,
        int batch,
        int classes,
        float floor,
        DeviceSpan<float> losses)
    {
        const string entry = "MarginLoss.Forward";
        var elements = Check(entry, form, logits, labels, targets, batch, classes);
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(losses.Device, entry, elements, 4.0 * elements, new(batch, classes, Form: Enum.GetName(form)!));
        var samples = new Samples(form, logits, labels, targets, batch, classes, floor);
        if (PtxDevice.Is(losses, out var gpu))
            RunOnPtx(gpu, entry, samples, 0, losses, default);
        else
            RunOnHost(HostDevice.Of(losses, entry), entry, samples, 0, losses, default);
    }

    /// <summary>The gradient of scale · Σ_b losses[b] in the logits; zero for a sample whose loss is below the floor.</summary>
    /// <param name="form">Which loss.</param>
    /// <param name="logits">[batch, classes], as in the forward pass.</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="targets">[batch], each in [0, classes), for a form with targets; else empty.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least as many as the form needs.</param>
    /// <param name="floor">As in the forward pass.</param>
    /// <param name="scale">Such as 1 for the gradient of every sample's own loss.</param>
    /// <param name="dLogits">[batch, classes], overwritten; may be logits.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, there are too few classes, or a label or target is out of range.</exception>
    public static void Backward(
        MarginForm form,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        DeviceSpan<int> targets,
        int batch,
        int classes,
        float floor,
        float scale,
        DeviceSpan<float> dLogits)
    {
        const string entry = "MarginLoss.Backward";
        var elements = Check(entry, form, logits, labels, targets, batch, classes);
        Contract.Elements(dLogits, elements, entry, "dLogits", "[batch, classes]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(dLogits.Device, entry, 5.0 * elements, 8.0 * elements, new(batch, classes, Form: Enum.GetName(form)!));
        var samples = new Samples(form, logits, labels, targets, batch, classes, floor);
        if (PtxDevice.Is(dLogits, out var gpu))
            RunOnPtx(gpu, entry, samples, scale, default, dLogits);
        else
            RunOnHost(HostDevice.Of(dLogits, entry), entry, samples, scale, default, dLogits);
    }

    private static long Check(
        string entry, MarginForm form, DeviceSpan<float> logits, DeviceSpan<int> labels, DeviceSpan<int> targets, int batch, int classes)
    {
        Contract.Require(batch >= 0, entry, "batch must not be negative");
        var fewest = form.FewestClasses();
        if (classes < fewest)
            throw new ShapeException($"{entry}: {classes} classes, and {form} needs at least {fewest}");
        var elements = (long)batch * classes;
        Contract.Elements(logits, elements, entry, "logits", "[batch, classes]");
        Contract.Elements(labels, batch, entry, "labels", "[batch]");
        Contract.Elements(targets, form.IsTargeted() ? batch : 0, entry, "targets", "[batch] for a form with targets, else none");
        return elements;
    }

    private readonly record struct Samples(
        MarginForm Form, DeviceSpan<float> Logits, DeviceSpan<int> Labels, DeviceSpan<int> Targets, int Batch, int Classes, float Floor);
}
