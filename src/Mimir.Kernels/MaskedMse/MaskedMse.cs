using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The reconstruction loss of a masked auto-encoder (He et al. 2022, arXiv:2111.06377): squared error per patch, summed over
/// the masked patches. The caller divides by their number.
/// <para>Computes losses[b] = Σ_l mask[b, l] · mean_v (prediction[b, 1+l, v] − t[b, l, v])². Without normalisation t is the target;
/// with it t = (target − mean)/sqrt(var + 1e-6), by the patch's own mean and unbiased variance.</para>
/// <para>Shapes: prediction [B, P+1, V] whose row 0, the class token's, is ignored; target [B, P, V]; mask [B, P], a weight a patch
/// (1 = removed, 0 = visible); losses [B]; float32. 1e-6 is added to a variance in squared pixel units.</para>
/// <para>Accuracy: mean and variance are taken from deviations, so a large common offset of a patch costs no digits.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length, or if V = 1 with normalisation, where the unbiased variance
/// is undefined. B = 0 is a no-op.</para></summary>
public static partial class MaskedMse
{
    /// <summary>The loss of each image.</summary>
    /// <param name="prediction">[B, P+1, V].</param>
    /// <param name="target">[B, P, V], values of a patch in any order that agrees with the prediction.</param>
    /// <param name="mask">[B, P].</param>
    /// <param name="batch">B.</param>
    /// <param name="patches">P.</param>
    /// <param name="values">V, at least 1; at least 2 with <paramref name="normalise"/>.</param>
    /// <param name="normalise">Whether each target patch is normalised.</param>
    /// <param name="losses">[B], overwritten.</param>
    public static void Forward(
        DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values, bool normalise,
        DeviceSpan<float> losses)
    {
        const string entry = "MaskedMse.Forward";
        Check(prediction, target, mask, batch, patches, values, normalise, entry);
        Contract.Elements(losses, batch, entry, "losses", "[batch]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(
            losses.Device, entry, (normalise ? 8.0 : 3.0) * target.Length, 8.0 * target.Length,
            new(batch, patches, values, Form: normalise ? "normalised" : ""));
        if (PtxDevice.Is(losses, out var gpu))
            ForwardOnPtx(gpu, prediction, target, mask, batch, patches, values, normalise, losses);
        else
            ForwardOnHost(HostDevice.Of(losses, entry), prediction, target, mask, batch, patches, values, normalise, losses);
    }

    /// <summary>The gradients of scale·Σ_b losses[b].
    /// That of the target flows through its mean and variance where it is normalised.</summary>
    /// <param name="prediction">[B, P+1, V].</param>
    /// <param name="target">[B, P, V].</param>
    /// <param name="mask">[B, P].</param>
    /// <param name="batch">B.</param>
    /// <param name="patches">P.</param>
    /// <param name="values">V, as in <see cref="Forward"/>.</param>
    /// <param name="normalise">As in <see cref="Forward"/>.</param>
    /// <param name="scale">The gradient that arrives at every loss.</param>
    /// <param name="dPrediction">[B, P+1, V], overwritten; row 0 and the rows of patches with mask 0 are zero.</param>
    /// <param name="dTarget">[B, P, V], overwritten; empty if not wanted.</param>
    public static void Backward(
        DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values, bool normalise,
        float scale, DeviceSpan<float> dPrediction, DeviceSpan<float> dTarget)
    {
        const string entry = "MaskedMse.Backward";
        Check(prediction, target, mask, batch, patches, values, normalise, entry);
        Contract.Elements(dPrediction, prediction.Length, entry, "dPrediction", "[batch, patches + 1, values]");
        Contract.ElementsOrEmpty(dTarget, target.Length, entry, "dTarget", "[batch, patches, values]");
        if (batch == 0)
            return;
        using var scope = KernelScope.Enter(
            dPrediction.Device, entry, (normalise ? 8.0 : 2.0) * target.Length,
            4.0 * (2 * target.Length + dPrediction.Length + dTarget.Length),
            new(batch, patches, values, Form: normalise ? "normalised" : ""));
        if (PtxDevice.Is(dPrediction, out var gpu))
        {
            BackwardOnPtx(gpu, prediction, target, mask, batch, patches, values, normalise, scale, dPrediction, dTarget);
        }
        else
        {
            BackwardOnHost(
                HostDevice.Of(dPrediction, entry), prediction, target, mask, batch, patches, values, normalise, scale, dPrediction, dTarget);
        }
    }

    private static void Check(
        DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values, bool normalise,
        string entry)
    {
        Contract.Require(batch >= 0 && patches >= 0 && values >= 1, entry, "values must be positive and the other sizes not negative");
        Contract.Require(values >= 2 || !normalise, entry, "a patch of one value has no unbiased variance to normalise by");
        Contract.Elements(prediction, batch * (patches + 1L) * values, entry, "prediction", "[batch, patches + 1, values]");
        Contract.Elements(target, (long)batch * patches * values, entry, "target", "[batch, patches, values]");
        Contract.Elements(mask, (long)batch * patches, entry, "mask", "[batch, patches]");
    }
}
