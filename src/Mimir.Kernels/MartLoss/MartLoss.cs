using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The loss of misclassification-aware adversarial training, MART (Wang et al. 2020, "Improving adversarial robustness requires
/// revisiting misclassified examples", eq. 8 to 11, with the constants of the authors' code), one value a sample. With p = softmax of the
/// attacked image's logits, q = softmax of the natural one's, y the label and k the best class but y under p:
/// <code>−log p_y − log(1.0001 − p_k + 1e-12) + β (1.0000001 − q_y) Σ_c q_c (log q_c − log(p_c + 1e-12))</code>
/// Gradients flow through p and q. 1 − p_k and 1 − q_y are summed from the other classes, so a sure classifier loses no digits. Arrays are
/// contiguous row-major float32; an empty batch is a no-op. Values are within 1e-6·(1 + β)·(1 + the rows' largest |logit|) of float64 for up to
/// 1000 classes, gradients within 1e-6·|scale|·(1 + β)·(1 + the largest |logit|) + 2e-5 of their size. NaN gives NaN. Labels are looked at
/// before anything is written, for which a call waits for a GPU.</summary>
public static partial class MartLoss
{
    private const double FlopsPerElement = 90; // exponentials of both rows, each twice, and a logarithm
    private const float WrongMargin = 1e-4f; // 1.0001 − 1; the 1e-12 beside it is below float32's last digit
    private const float TrustMargin = 1e-7f; // 1.0000001 − 1
    private const float Floor = 1e-12f; // under the logarithm of p

    /// <summary>losses[b] = the loss of sample b.</summary>
    /// <param name="adversarial">[batch, classes] logits of the attacked images: p.</param>
    /// <param name="natural">[batch, classes] logits of the natural images: q.</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="beta">β, the weight of the divergence, from 0.</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, there are too few classes, or a label is out of range.</exception>
    public static void Forward(
        DeviceSpan<float> adversarial,
        DeviceSpan<float> natural,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float beta,
        DeviceSpan<float> losses)
    {
        const string entry = "MartLoss.Forward";
        var elements = Check(entry, adversarial, natural, labels, batch, classes, beta);
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(losses.Device, entry, FlopsPerElement * elements, 8.0 * elements, new(batch, classes));
        var rows = new Rows(adversarial, natural, labels, batch, classes, beta, 0, losses, default, default);
        if (PtxDevice.Is(losses, out var gpu))
            RunOnPtx(gpu, entry, rows);
        else
            RunOnHost(HostDevice.Of(losses, entry), entry, rows);
    }

    /// <summary>The gradients of scale · Σ_b losses[b] in both rows of logits; which class is k counts as constant.</summary>
    /// <param name="adversarial">[batch, classes], as in the forward pass.</param>
    /// <param name="natural">[batch, classes].</param>
    /// <param name="labels">[batch], each in [0, classes).</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="beta">As in the forward pass.</param>
    /// <param name="scale">Such as 1/batch for the gradient of the mean.</param>
    /// <param name="dAdversarial">[batch, classes], overwritten; none of the sources.</param>
    /// <param name="dNatural">[batch, classes], overwritten; none of the sources.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, there are too few classes, or a label is out of range.</exception>
    public static void Backward(
        DeviceSpan<float> adversarial,
        DeviceSpan<float> natural,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float beta,
        float scale,
        DeviceSpan<float> dAdversarial,
        DeviceSpan<float> dNatural)
    {
        const string entry = "MartLoss.Backward";
        var elements = Check(entry, adversarial, natural, labels, batch, classes, beta);
        Contract.Elements(dAdversarial, elements, entry, "dAdversarial", "[batch, classes]");
        Contract.Elements(dNatural, elements, entry, "dNatural", "[batch, classes]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(dNatural.Device, entry, FlopsPerElement * elements, 16.0 * elements, new(batch, classes));
        var rows = new Rows(adversarial, natural, labels, batch, classes, beta, scale, default, dAdversarial, dNatural);
        if (PtxDevice.Is(dNatural, out var gpu))
            RunOnPtx(gpu, entry, rows);
        else
            RunOnHost(HostDevice.Of(dNatural, entry), entry, rows);
    }

    private static long Check(
        string entry, DeviceSpan<float> adversarial, DeviceSpan<float> natural, DeviceSpan<int> labels, int batch, int classes, float beta)
    {
        Contract.Require(batch >= 0 && classes > 1, entry, "batch must not be negative and classes at least 2");
        Contract.Require(beta >= 0, entry, "beta must not be negative");
        var elements = (long)batch * classes;
        Contract.Elements(adversarial, elements, entry, "adversarial", "[batch, classes]");
        Contract.Elements(natural, elements, entry, "natural", "[batch, classes]");
        Contract.Elements(labels, batch, entry, "labels", "[batch]");
        return elements;
    }

    /// <summary>What a call computes: the losses, or both gradients.</summary>
    private readonly record struct Rows(
        DeviceSpan<float> Adversarial,
        DeviceSpan<float> Natural,
        DeviceSpan<int> Labels,
        int Batch,
        int Classes,
        float Beta,
        float Scale,
        DeviceSpan<float> Losses,
        DeviceSpan<float> DAdversarial,
        DeviceSpan<float> DNatural);
}
