using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Matrix products in float32 with float32 accumulation (fused multiply-adds). All matrices are row-major and contiguous.
/// <para>Each element is summed over k in ascending order, in runs of a length that the shapes (and on a GPU its number of multiprocessors)
/// alone decide, so results do not depend on the number of threads. An element is off by at most k · 2⁻²⁴ · Σ|a·b| to first order; for
/// values spread over [−1, 1) the tests hold it to 2 · (k + 5) · 2⁻²⁴.</para>
/// <para>On a GPU of another <see cref="MatrixPrecision"/> both factors are first rounded to it, by at most 2⁻¹¹ (tf32) or 2⁻⁹ (bf16) of
/// themselves, and tensor cores sum the products in float32, truncating: off by up to k · 2⁻²³ of the largest term more. Sums of dY, biases
/// and everything else behind the products stay float32.</para>
/// <para>Destinations must not overlap sources unless an entry says so. A product without elements is a no-op.
/// On the host, panels of the right operand stream from the second-level cache past strips of left rows.</para></summary>
public static partial class MatMul
{
    /// <summary>c = a·b.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="m">Rows of c.</param>
    /// <param name="n">Columns of c.</param>
    /// <param name="k">Length of the inner products; 0 gives zeros.</param>
    /// <param name="c">[m, n], overwritten, or added to.</param>
    /// <param name="accumulate">Adds the product to c.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    public static void NN(DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> c, bool accumulate = false)
    {
        const string Entry = "MatMul.NN";
        CheckProduct(Entry, a, b, m, n, k, c);
        if (c.IsEmpty)
            return;
        using var scope = KernelScope.Enter(c.Device, Entry, Flops(m, n, k), Bytes(m, n, k), new(m, n, k));
        if (PtxDevice.Is(c, out var gpu))
            NNOnPtx(gpu, a, b, m, n, k, default, accumulate ? c : default, c);
        else
            GeneralOnHost(HostDevice.Of(c, Entry), a, false, b, false, m, n, k, c, accumulate);
    }

    /// <summary>c = a·bᵀ.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[n, k].</param>
    /// <param name="m">Rows of c.</param>
    /// <param name="n">Columns of c.</param>
    /// <param name="k">Length of the inner products; 0 gives zeros.</param>
    /// <param name="c">[m, n], overwritten, or added to.</param>
    /// <param name="accumulate">Adds the product to c.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    public static void NT(DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> c, bool accumulate = false)
    {
        const string Entry = "MatMul.NT";
        CheckProduct(Entry, a, b, m, n, k, c);
        if (c.IsEmpty)
            return;
        using var scope = KernelScope.Enter(c.Device, Entry, Flops(m, n, k), Bytes(m, n, k), new(m, n, k));
        if (PtxDevice.Is(c, out var gpu))
            NTOnPtx(gpu, a, b, m, n, k, default, accumulate ? c : default, c);
        else
            GeneralOnHost(HostDevice.Of(c, Entry), a, false, b, true, m, n, k, c, accumulate);
    }

    /// <summary>c = aᵀ·b.</summary>
    /// <param name="a">[k, m].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="m">Rows of c.</param>
    /// <param name="n">Columns of c.</param>
    /// <param name="k">Length of the inner products; 0 gives zeros.</param>
    /// <param name="c">[m, n], overwritten, or added to.</param>
    /// <param name="accumulate">Adds the product to c.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    public static void TN(DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> c, bool accumulate = false)
    {
        const string Entry = "MatMul.TN";
        CheckProduct(Entry, a, b, m, n, k, c);
        if (c.IsEmpty)
            return;
        using var scope = KernelScope.Enter(c.Device, Entry, Flops(m, n, k), Bytes(m, n, k), new(m, n, k));
        if (PtxDevice.Is(c, out var gpu))
            TNOnPtx(gpu, a, b, m, n, k, accumulate ? c : default, c, default);
        else
            GeneralOnHost(HostDevice.Of(c, Entry), a, true, b, false, m, n, k, c, accumulate);
    }

    /// <summary>A linear layer: y = residual + scale · g(x·Wᵀ + bias), see <see cref="LinearEpilogue"/>.</summary>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="w">W [outputs, inputs], packed.</param>
    /// <param name="rows">Rows of x and y; 0 is a no-op.</param>
    /// <param name="epilogue">What happens to the product before it is stored.</param>
    /// <param name="y">[rows, outputs], overwritten; may be <see cref="LinearEpilogue.Residual"/>.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    /// <exception cref="InvalidOperationException">The weight was never packed.</exception>
    public static void Forward(DeviceSpan<float> x, PackedWeight w, int rows, in LinearEpilogue epilogue, DeviceSpan<float> y)
    {
        const string Entry = "MatMul.Forward";
        var (outputs, inputs) = (w.Outputs, w.Inputs);
        Contract.Require(rows >= 0, Entry, "rows must not be negative");
        Contract.Elements(x, (long)rows * inputs, Entry, nameof(x), "[rows, inputs]");
        Contract.Elements(y, (long)rows * outputs, Entry, nameof(y), "[rows, outputs]");
        Contract.ElementsOrEmpty(epilogue.Bias, outputs, Entry, nameof(epilogue.Bias), "[outputs]");
        Contract.ElementsOrEmpty(epilogue.Derivative, y.Length, Entry, nameof(epilogue.Derivative), "[rows, outputs]");
        Contract.ElementsOrEmpty(epilogue.Residual, y.Length, Entry, nameof(epilogue.Residual), "[rows, outputs]");
        Contract.Require(
            epilogue.Gelu || epilogue.Derivative.IsEmpty, Entry, "Derivative is given without Gelu");
        if (!epilogue.RowScale.IsEmpty)
        {
            Contract.Require(
                epilogue.RowsPerScale > 0 && rows % epilogue.RowsPerScale == 0,
                Entry,
                "RowsPerScale must be positive and divide rows");
            Contract.Elements(epilogue.RowScale, rows / epilogue.RowsPerScale, Entry, nameof(epilogue.RowScale), "[rows / RowsPerScale]");
        }

        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(
            y.Device, Entry, Flops(rows, outputs, inputs),
            Bytes(rows, outputs, inputs) + sizeof(float) * ((double)epilogue.Derivative.Length + epilogue.Residual.Length),
            new(rows, inputs, outputs, Form: ProductForm.Of(epilogue)));
        if (PtxDevice.Is(y, out var gpu))
            NTOnPtx(gpu, x, w.Weight, rows, outputs, inputs, epilogue, epilogue.Residual, y);
        else
            ForwardOnHost(HostDevice.Of(y, Entry), x, w, rows, epilogue, y);
    }

    /// <summary>Gradient of a linear layer's input, and through an activation that came before it: dX = (dY·W) ∘ factor.</summary>
    /// <param name="dY">[rows, outputs].</param>
    /// <param name="w">W [outputs, inputs], packed.</param>
    /// <param name="rows">Rows of dY and dX; 0 is a no-op.</param>
    /// <param name="factor">[rows, inputs], that activation's derivative (<see cref="LinearEpilogue.Derivative"/>); or empty: no factor.</param>
    /// <param name="accumulate">Adds to dX.</param>
    /// <param name="dX">[rows, inputs], overwritten, or added to; may be <paramref name="factor"/> when not added to.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    /// <exception cref="InvalidOperationException">The weight was never packed.</exception>
    public static void BackwardInput(
        DeviceSpan<float> dY, PackedWeight w, int rows, DeviceSpan<float> factor, bool accumulate, DeviceSpan<float> dX)
    {
        const string Entry = "MatMul.BackwardInput";
        var (outputs, inputs) = (w.Outputs, w.Inputs);
        Contract.Require(rows >= 0, Entry, "rows must not be negative");
        Contract.Elements(dY, (long)rows * outputs, Entry, nameof(dY), "[rows, outputs]");
        Contract.ElementsOrEmpty(factor, (long)rows * inputs, Entry, nameof(factor), "[rows, inputs]");
        Contract.Elements(dX, (long)rows * inputs, Entry, nameof(dX), "[rows, inputs]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(
            dX.Device, Entry, Flops(rows, inputs, outputs), Bytes(rows, inputs, outputs) + sizeof(float) * (double)factor.Length,
            new(rows, inputs, outputs, Form: factor.IsEmpty ? "" : "GELU gradient"));
        if (PtxDevice.Is(dX, out var gpu))
            NNOnPtx(gpu, dY, w.Weight, rows, inputs, outputs, factor, accumulate ? dX : default, dX);
        else
            BackwardInputOnHost(HostDevice.Of(dX, Entry), dY, w, rows, factor, accumulate, dX);
    }

    /// <summary>Gradients of a linear layer's parameters: dWeight += dYᵀ·x, dBias += column sums of dY.</summary>
    /// <param name="dY">[rows, outputs].</param>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="rows">Rows of dY and x; 0 is a no-op.</param>
    /// <param name="outputs">Columns of dY.</param>
    /// <param name="inputs">Columns of x.</param>
    /// <param name="dWeight">[outputs, inputs], added to.</param>
    /// <param name="dBias">[outputs], added to; or empty: not wanted.</param>
    /// <exception cref="ShapeException">A span does not have the stated size.</exception>
    public static void BackwardWeight(
        DeviceSpan<float> dY, DeviceSpan<float> x, int rows, int outputs, int inputs, DeviceSpan<float> dWeight, DeviceSpan<float> dBias)
    {
        const string Entry = "MatMul.BackwardWeight";
        Contract.Require(rows >= 0 && outputs > 0 && inputs > 0, Entry, "rows must not be negative, outputs and inputs must be positive");
        Contract.Elements(dY, (long)rows * outputs, Entry, nameof(dY), "[rows, outputs]");
        Contract.Elements(x, (long)rows * inputs, Entry, nameof(x), "[rows, inputs]");
        Contract.Elements(dWeight, (long)outputs * inputs, Entry, nameof(dWeight), "[outputs, inputs]");
        Contract.ElementsOrEmpty(dBias, outputs, Entry, nameof(dBias), "[outputs]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(
            dWeight.Device, Entry, Flops(outputs, inputs, rows), Bytes(outputs, inputs, rows), new(rows, inputs, outputs));
        if (PtxDevice.Is(dWeight, out var gpu))
            TNOnPtx(gpu, dY, x, outputs, inputs, rows, dWeight, dWeight, dBias);
        else
            BackwardWeightOnHost(HostDevice.Of(dWeight, Entry), dY, x, rows, outputs, inputs, dWeight, dBias);
    }

    private static void CheckProduct(string entry, DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> c)
    {
        Contract.Require(m >= 0 && n >= 0 && k >= 0, entry, "m, n and k must not be negative");
        Contract.Elements(a, (long)m * k, entry, nameof(a), "m times k");
        Contract.Elements(b, (long)k * n, entry, nameof(b), "k times n");
        Contract.Elements(c, (long)m * n, entry, nameof(c), "[m, n]");
    }

    private static double Flops(double m, double n, double k) => 2 * m * n * k;

    private static double Bytes(double m, double n, double k) => sizeof(float) * (m * k + k * n + m * n);
}
