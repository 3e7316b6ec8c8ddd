using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

public static partial class TokenPool
{
    private static readonly PtxKernel s_mean = new("token_pool", "token_pool_mean_f32");
    private static readonly PtxKernel s_spread = new("token_pool", "token_pool_spread_f32");

    private static void MeanOnPtx(PtxDevice gpu, DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y) =>
        gpu.Launch(
            s_mean, ImageRows.Channels(batch, channels), ImageRows.Block, 0,
            new KernelArguments().Add(x).Add(tokens).Add(channels).Add(1f / (tokens - 1)).Add(y));

    private static void MeanBackwardOnPtx(PtxDevice gpu, DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX) =>
        Spread(gpu, dY, batch, tokens, channels, 1, tokens, 1f / (tokens - 1), dX);

    private static void ClassOnPtx(PtxDevice gpu, DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y) =>
        TokenGather.CopyRowsOnPtx(gpu, x, batch, tokens, 0, 1, channels, y);

    private static void ClassBackwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX) =>
        Spread(gpu, dY, batch, tokens, channels, 0, 1, 1, dX);

    /// <summary>dX[b, t] = factor · dY[b] from token first to last − 1, else 0.</summary>
    private static void Spread(
        PtxDevice gpu, DeviceSpan<float> dY, int batch, int tokens, int channels, int first, int last, float factor,
        DeviceSpan<float> dX) =>
        gpu.Launch(
            s_spread, ImageRows.Rows(batch, tokens), ImageRows.Block, 0,
            new KernelArguments().Add(dY).Add(tokens).Add(channels).Add(first).Add(last).Add(factor).Add(dX));
}
