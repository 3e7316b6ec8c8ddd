using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Scaled dot-product attention over all tokens of an image (Vaswani et al. 2017, arXiv:1706.03762), computed exactly and in
/// blocks, with the log-sum-exp of each score row kept for the backward pass (Dao et al. 2022, arXiv:2205.14135). No tokens × tokens
/// array of an image is ever stored.</summary>
/// <remarks>
/// For each image and head: S = scale·Q·Kᵀ, P = softmax of the rows of S, O = P·V, with scale = headSize^(−1/2).
/// Accuracy: against float64, errors stay below 4e-6 times the largest magnitude in the result for inputs of order one. Heads of 64 channels
/// on a GPU of precision tf32 or bf16: below eight units of the factors' rounding, 2^−11 or 2^−8, more.
/// </remarks>
public static partial class Attention
{
    private const double ForwardFlops = 4; // a tokens² · headSize product costs 2; forward has two
    private const double BackwardFlops = 10; // five products, the scores' recomputation included

    /// <summary>y = softmax(scale·Q·Kᵀ)·V for each image and head.</summary>
    /// <param name="qkv">Queries, keys and values side by side, [batch, tokens, 3, heads, headSize].</param>
    /// <param name="batch">Images.</param>
    /// <param name="tokens">Tokens an image.</param>
    /// <param name="heads">Attention heads, at least 1.</param>
    /// <param name="headSize">Channels of a head, at least 1.</param>
    /// <param name="y">Overwritten: [batch, tokens, heads·headSize].</param>
    /// <param name="logSumExp">Overwritten: [batch, heads, tokens], natural logarithm of Σ exp(scale·q·k) over the keys.</param>
    /// <exception cref="ShapeException">A span's length does not fit the sizes, or a size is out of range.</exception>
    /// <exception cref="NotSupportedException">The memory lies on a device without this kernel.</exception>
    public static void Forward(
        DeviceSpan<float> qkv, int batch, int tokens, int heads, int headSize, DeviceSpan<float> y, DeviceSpan<float> logSumExp)
    {
        const string entry = "Attention.Forward";
        var rows = CheckSizes(batch, tokens, heads, headSize, entry);
        var width = (long)heads * headSize;
        Contract.Elements(qkv, rows * 3 * width, entry, nameof(qkv), "[batch, tokens, 3, heads, headSize]");
        Contract.Elements(y, rows * width, entry, nameof(y), "[batch, tokens, heads*headSize]");
        Contract.Elements(logSumExp, rows * heads, entry, nameof(logSumExp), "[batch, heads, tokens]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(
            y.Device, entry, ForwardFlops * rows * tokens * width, sizeof(float) * ((double)qkv.Length + y.Length + logSumExp.Length), new(batch, tokens, heads, headSize));
        if (PtxDevice.Is(y, out var gpu))
            ForwardOnPtx(gpu, qkv, batch, tokens, heads, headSize, y, logSumExp);
        else
            ForwardOnHost(HostDevice.Of(y, entry), qkv, batch, tokens, heads, headSize, y, logSumExp);
    }

    /// <summary>The gradient of <see cref="Forward"/> for the queries, keys and values. With P recomputed from
    /// <paramref name="logSumExp"/> and D = row sums of dO∘O: dV = Pᵀ·dO, dS = scale·P∘(dO·Vᵀ − D), dQ = dS·K, dK = dSᵀ·Q.</summary>
    /// <param name="dY">Gradient of the output, [batch, tokens, heads·headSize].</param>
    /// <param name="qkv">As given to <see cref="Forward"/>.</param>
    /// <param name="y">As it left <see cref="Forward"/>.</param>
    /// <param name="logSumExp">As it left <see cref="Forward"/>.</param>
    /// <param name="batch">Images.</param>
    /// <param name="tokens">Tokens an image.</param>
    /// <param name="heads">Attention heads, at least 1.</param>
    /// <param name="headSize">Channels of a head, at least 1.</param>
    /// <param name="dQkv">Overwritten, laid out as <paramref name="qkv"/>; must not overlap any input.</param>
    /// <exception cref="ShapeException">A span's length does not fit the sizes, or a size is out of range.</exception>
    /// <exception cref="NotSupportedException">The memory lies on a device without this kernel.</exception>
    public static void Backward(
        DeviceSpan<float> dY,
        DeviceSpan<float> qkv,
        DeviceSpan<float> y,
        DeviceSpan<float> logSumExp,
        int batch,
        int tokens,
        int heads,
        int headSize,
        DeviceSpan<float> dQkv)
    {
        const string entry = "Attention.Backward";
        var rows = CheckSizes(batch, tokens, heads, headSize, entry);
        var width = (long)heads * headSize;
        Contract.Elements(dY, rows * width, entry, nameof(dY), "[batch, tokens, heads*headSize]");
        Contract.Elements(qkv, rows * 3 * width, entry, nameof(qkv), "[batch, tokens, 3, heads, headSize]");
        Contract.Elements(y, rows * width, entry, nameof(y), "[batch, tokens, heads*headSize]");
        Contract.Elements(logSumExp, rows * heads, entry, nameof(logSumExp), "[batch, heads, tokens]");
        Contract.Elements(dQkv, rows * 3 * width, entry, nameof(dQkv), "[batch, tokens, 3, heads, headSize]");
        if (rows == 0)
            return;
        using var scope = KernelScope.Enter(
            dQkv.Device, entry, BackwardFlops * rows * tokens * width, sizeof(float) * (2.0 * (qkv.Length + y.Length) + logSumExp.Length), new(batch, tokens, heads, headSize));
        if (PtxDevice.Is(dQkv, out var gpu))
            BackwardOnPtx(gpu, dY, qkv, y, logSumExp, batch, tokens, heads, headSize, dQkv);
        else
            BackwardOnHost(HostDevice.Of(dQkv, entry), dY, qkv, y, logSumExp, batch, tokens, heads, headSize, dQkv);
    }

    private static long CheckSizes(int batch, int tokens, int heads, int headSize, string entry)
    {
        Contract.Require(batch >= 0 && tokens >= 0, entry, "batch and tokens must not be negative");
        Contract.Require(heads > 0 && headSize > 0, entry, "heads and headSize must be at least 1");
        return (long)batch * tokens;
    }
}
