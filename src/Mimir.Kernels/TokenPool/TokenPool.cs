using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Reduces a sequence of tokens to one vector an image, with the gradients.
/// <para>Shapes: x, dX [B, T, D]; y, dY [B, D], float32. Token 0 is the class token. Results are overwritten; no aliasing.</para>
/// <para>Errors: <see cref="ShapeException"/> if a span has another length or there are too few tokens. B = 0 is a no-op.</para></summary>
public static partial class TokenPool
{
    /// <summary>y[b] = mean of x[b, 1..T−1]: the patch tokens, without the class token.</summary>
    /// <param name="x">[B, T, D].</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T, at least 2.</param>
    /// <param name="channels">D.</param>
    /// <param name="y">[B, D].</param>
    public static void Mean(DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y)
    {
        const string entry = "TokenPool.Mean";
        Check(x, "x", batch, tokens, 2, channels, y, "y", entry);
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, x.Length, 4.0 * (x.Length + y.Length), new(batch, tokens, channels));
        if (PtxDevice.Is(y, out var gpu))
            MeanOnPtx(gpu, x, batch, tokens, channels, y);
        else
            MeanOnHost(HostDevice.Of(y, entry), x, batch, tokens, channels, y);
    }

    /// <summary>The gradient of <see cref="Mean"/>: dX[b, t] = dY[b] / (T − 1), zero for the class token.</summary>
    /// <param name="dY">[B, D].</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T, at least 2.</param>
    /// <param name="channels">D.</param>
    /// <param name="dX">[B, T, D].</param>
    public static void MeanBackward(DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX)
    {
        const string entry = "TokenPool.MeanBackward";
        Check(dX, "dX", batch, tokens, 2, channels, dY, "dY", entry);
        if (dX.IsEmpty)
            return;
        using var scope = KernelScope.Enter(dX.Device, entry, dY.Length, 4.0 * (dX.Length + dY.Length), new(batch, tokens, channels));
        if (PtxDevice.Is(dX, out var gpu))
            MeanBackwardOnPtx(gpu, dY, batch, tokens, channels, dX);
        else
            MeanBackwardOnHost(HostDevice.Of(dX, entry), dY, batch, tokens, channels, dX);
    }

    /// <summary>y[b] = x[b, 0]: the class token.</summary>
    /// <param name="x">[B, T, D].</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T, at least 1.</param>
    /// <param name="channels">D.</param>
    /// <param name="y">[B, D].</param>
    public static void Class(DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y)
    {
        const string entry = "TokenPool.Class";
        Check(x, "x", batch, tokens, 1, channels, y, "y", entry);
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(y.Device, entry, 0, 8.0 * y.Length, new(batch, tokens, channels));
        if (PtxDevice.Is(y, out var gpu))
            ClassOnPtx(gpu, x, batch, tokens, channels, y);
        else
            ClassOnHost(HostDevice.Of(y, entry), x, batch, tokens, channels, y);
    }

    /// <summary>The gradient of <see cref="Class"/>: dX[b, 0] = dY[b], zero elsewhere.</summary>
    /// <param name="dY">[B, D].</param>
    /// <param name="batch">B.</param>
    /// <param name="tokens">T, at least 1.</param>
    /// <param name="channels">D.</param>
    /// <param name="dX">[B, T, D].</param>
    public static void ClassBackward(DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX)
    {
        const string entry = "TokenPool.ClassBackward";
        Check(dX, "dX", batch, tokens, 1, channels, dY, "dY", entry);
        if (dX.IsEmpty)
            return;
        using var scope = KernelScope.Enter(dX.Device, entry, 0, 4.0 * (dX.Length + dY.Length), new(batch, tokens, channels));
        if (PtxDevice.Is(dX, out var gpu))
            ClassBackwardOnPtx(gpu, dY, batch, tokens, channels, dX);
        else
            ClassBackwardOnHost(HostDevice.Of(dX, entry), dY, batch, tokens, channels, dX);
    }

    private static void Check(
        DeviceSpan<float> sequence, string sequenceName, int batch, int tokens, int fewest, int channels,
        DeviceSpan<float> pooled, string pooledName, string entry)
    {
        Contract.Require(batch >= 0 && channels >= 0, entry, "sizes must not be negative");
        if (tokens < fewest)
            throw new ShapeException($"{entry}: {tokens} tokens, needs at least {fewest}");
        Contract.Elements(sequence, (long)batch * tokens * channels, entry, sequenceName, "[batch, tokens, channels]");
        Contract.Elements(pooled, (long)batch * channels, entry, pooledName, "[batch, channels]");
    }
}
