using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Layer normalisation over the last axis (Ba et al. 2016, arXiv:1607.06450; epsilon as in PyTorch):
/// y = (x − mean) · rstd · weight + bias with rstd = 1/√(variance + epsilon), the variance biased (divided by the number of
/// channels). Arrays are contiguous row-major float32; zero rows are a no-op. Results depend on the SIMD width or the device but never on the
/// number of threads.</summary>
public static partial class LayerNorm
{
    /// <summary>Normalises every row. The variance is taken in a second pass over the row, so a large mean costs it no digits.
    /// Against float64, up to some 1000 channels, mean is within 1e-6 relative, rstd within 3e-6 relative, and y within
    /// 4e-6·|y| + 1.5e-6·(1 + |mean|)·rstd + 1e-6 for weights and biases around 1: a float x of a large mean has no more digits.</summary>
    /// <param name="x">[rows, channels].</param>
    /// <param name="weight">[channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="channels">Row length, at least 1.</param>
    /// <param name="epsilon">Added to the variance, not to the standard deviation.</param>
    /// <param name="y">[rows, channels], overwritten; may be x, if no backward pass follows.</param>
    /// <param name="mean">[rows], overwritten: kept for <see cref="Backward"/>.</param>
    /// <param name="rstd">[rows], overwritten: kept for <see cref="Backward"/>.</param>
    /// <exception cref="ShapeException">The sizes do not fit together.</exception>
    public static void Forward(
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> bias,
        int rows,
        int channels,
        float epsilon,
        DeviceSpan<float> y,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd)
    {
        const string entry = "LayerNorm.Forward";
        var elements = CheckRows(entry, x, weight, mean, rstd, rows, channels);
        Contract.Elements(bias, channels, entry, "bias", "[channels]");
        Contract.Elements(y, elements, entry, "y", "[rows, channels]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 8.0 * elements, 8.0 * elements, new(rows, channels));
        if (PtxDevice.Is(y, out var gpu))
            ForwardOnPtx(gpu, x, weight, bias, rows, channels, epsilon, y, mean, rstd);
        else
            ForwardOnHost(HostDevice.Of(y, entry), x, weight, bias, rows, channels, epsilon, y, mean, rstd);
    }

    /// <summary>Gradients. With g = weight ∘ dY and n = (x − mean)·rstd, means taken over channels:
    /// dX = rstd · (g − mean(g) − n · mean(g ∘ n)) + dResidual; dWeight += Σ_rows dY ∘ n; dBias += Σ_rows dY.</summary>
    /// <param name="dY">[rows, channels], gradient of y.</param>
    /// <param name="x">[rows, channels], the input of the forward pass.</param>
    /// <param name="weight">[channels].</param>
    /// <param name="mean">[rows], from <see cref="Forward"/>.</param>
    /// <param name="rstd">[rows], from <see cref="Forward"/>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="channels">Row length, at least 1.</param>
    /// <param name="dResidual">[rows, channels], the gradient that goes round the normalisation, or empty.</param>
    /// <param name="dX">[rows, channels], overwritten; may be dResidual or dY.</param>
    /// <param name="dWeight">[channels], accumulated; empty together with dBias when not wanted.</param>
    /// <param name="dBias">[channels], accumulated; empty together with dWeight when not wanted.</param>
    /// <exception cref="ShapeException">The sizes do not fit together, or only one of dWeight and dBias is given.</exception>
    public static void Backward(
        DeviceSpan<float> dY,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd,
        int rows,
        int channels,
        DeviceSpan<float> dResidual,
        DeviceSpan<float> dX,
        DeviceSpan<float> dWeight,
        DeviceSpan<float> dBias)
    {
        const string entry = "LayerNorm.Backward";
        var elements = CheckRows(entry, x, weight, mean, rstd, rows, channels);
        Contract.Elements(dY, elements, entry, "dY", "[rows, channels]");
        Contract.ElementsOrEmpty(dResidual, elements, entry, "dResidual", "[rows, channels]");
        Contract.Elements(dX, elements, entry, "dX", "[rows, channels]");
        Contract.ElementsOrEmpty(dWeight, channels, entry, "dWeight", "[channels]");
        Contract.ElementsOrEmpty(dBias, channels, entry, "dBias", "[channels]");
        Contract.Require(dWeight.IsEmpty == dBias.IsEmpty, entry, "dWeight and dBias must be given together or not at all");
        if (rows == 0)
            return;
        var flops = (dWeight.IsEmpty ? 13.0 : 16.0) * elements;
        using var scope = KernelScope.Enter(dX.Device, entry, flops, (dResidual.IsEmpty ? 12.0 : 16.0) * elements, new(rows, channels, Form: dWeight.IsEmpty ? "dX" : "dX, dWeight"));
        if (PtxDevice.Is(dX, out var gpu))
            BackwardOnPtx(gpu, dY, x, weight, mean, rstd, rows, channels, dResidual, dX, dWeight, dBias);
        else
            BackwardOnHost(HostDevice.Of(dX, entry), dY, x, weight, mean, rstd, rows, channels, dResidual, dX, dWeight, dBias);
    }

    private static long CheckRows(
        string entry,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd,
        int rows,
        int channels)
    {
        Contract.Require(rows >= 0 && channels > 0, entry, "rows must not be negative and channels at least 1");
        var elements = (long)rows * channels;
        Contract.Elements(x, elements, entry, "x", "[rows, channels]");
        Contract.Elements(weight, channels, entry, "weight", "[channels]");
        Contract.Elements(mean, rows, entry, "mean", "[rows]");
        Contract.Elements(rstd, rows, entry, "rstd", "[rows]");
        return elements;
    }
}
