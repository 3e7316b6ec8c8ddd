using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The Kullback-Leibler divergence KL(p ‖ q) = Σ_c p_c (log p_c − log q_c) of two softmax distributions, one value a sample: how far
/// an attack has moved a classifier's opinion (TRADES, Zhang et al. 2019, arXiv:1901.08573). It is worked out from the logits, so no
/// probability is too small for its logarithm. Arrays are contiguous row-major float32; an empty batch is a no-op. Values are within
/// 1e-6·(1 + the row's largest |logit|) + 1e-6·value of float64 for up to 1000 classes, gradients within 2e-6·|scale|·(1 + the largest |logit|).
/// A class of p = 0 counts 0, whatever its q; one that q alone rules out makes the value +∞. NaN gives NaN.</summary>
public static partial class KlDivergence
{
    private const double FlopsPerElement = 60; // mostly the two exponentials, each twice

    /// <summary>losses[b] = KL(softmax(p[b]) ‖ softmax(q[b])).</summary>
    /// <param name="p">[batch, classes] logits of the first distribution.</param>
    /// <param name="q">[batch, classes] logits of the second.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="losses">[batch], overwritten.</param>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static void Forward(DeviceSpan<float> p, DeviceSpan<float> q, int batch, int classes, DeviceSpan<float> losses)
    {
        const string entry = "KlDivergence.Forward";
        var elements = Check(entry, p, q, batch, classes);
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(losses.Device, entry, FlopsPerElement * elements, 8.0 * elements, new(batch, classes));
        var rows = new Rows(p, q, batch, classes, 0, losses, default, default);
        if (PtxDevice.Is(losses, out var gpu))
            RunOnPtx(gpu, rows);
        else
            RunOnHost(HostDevice.Of(losses, entry), rows);
    }

    /// <summary>The gradients of scale · Σ_b losses[b]: with r = log p − log q, dP = scale · p (r − KL) and dQ = scale · (q − p).</summary>
    /// <param name="p">[batch, classes] logits of the first distribution, as in the forward pass.</param>
    /// <param name="q">[batch, classes] logits of the second.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="classes">Number of classes, at least 1.</param>
    /// <param name="scale">Such as 1/batch for the gradient of the mean.</param>
    /// <param name="dP">[batch, classes], overwritten, the gradient in the logits p; empty where it is not wanted. Not p or q.</param>
    /// <param name="dQ">[batch, classes], the same for q. Not p or q.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, or neither gradient is wanted.</exception>
    public static void Backward(
        DeviceSpan<float> p, DeviceSpan<float> q, int batch, int classes, float scale, DeviceSpan<float> dP, DeviceSpan<float> dQ)
    {
        const string entry = "KlDivergence.Backward";
        var elements = Check(entry, p, q, batch, classes);
        Contract.ElementsOrEmpty(dP, elements, entry, "dP", "[batch, classes]");
        Contract.ElementsOrEmpty(dQ, elements, entry, "dQ", "[batch, classes]");
        if (batch == 0)
            return;
        Contract.Require(!dP.IsEmpty || !dQ.IsEmpty, entry, "neither dP nor dQ is given");
        using var scope = KernelScope.Enter(
            p.Device, entry, FlopsPerElement * elements, 8.0 * elements + 4.0 * (dP.Length + dQ.Length), new(batch, classes));
        var rows = new Rows(p, q, batch, classes, scale, default, dP, dQ);
        if (PtxDevice.Is(p, out var gpu))
            RunOnPtx(gpu, rows);
        else
            RunOnHost(HostDevice.Of(p, entry), rows);
    }

    private static long Check(string entry, DeviceSpan<float> p, DeviceSpan<float> q, int batch, int classes)
    {
        Contract.Require(batch >= 0 && classes > 0, entry, "batch must not be negative and classes at least 1");
        var elements = (long)batch * classes;
        Contract.Elements(p, elements, entry, "p", "[batch, classes]");
        Contract.Elements(q, elements, entry, "q", "[batch, classes]");
        return elements;
    }

    /// <summary>What a call computes; empty results are not wanted.</summary>
    private readonly record struct Rows(
        DeviceSpan<float> P,
        DeviceSpan<float> Q,
        int Batch,
        int Classes,
        float Scale,
        DeviceSpan<float> Losses,
        DeviceSpan<float> DP,
        DeviceSpan<float> DQ);
}
