using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class RbfGram
{
    private const int PtxTileRows = 16; // of a block's tile
    private const int PtxTileColumns = 64;

    private static readonly PtxKernel s_distances = new("rbf_gram", "rbf_gram_distances_f64");
    private static readonly PtxKernel s_backward = new("rbf_gram", "rbf_gram_backward_f64");

    private static void SquaredDistancesOnPtx(PtxDevice gpu, DeviceSpan<float> a, int batch, int columns, DeviceSpan<double> distances)
    {
        var tiles = (batch - 1) / PtxTileRows + 1;
        gpu.Launch(
            s_distances, new Dim3(tiles, tiles), GridStride.Block, 0,
            new KernelArguments().Add(a).Add(batch).Add(columns).Add(distances));
    }

    private static void BackwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> a, DeviceSpan<double> weights, int batch, int columns, double scale, bool accumulate,
        DeviceSpan<float> dA) =>
        gpu.Launch(
            s_backward, ImageRows.Grid((columns - 1) / PtxTileColumns + 1, (batch - 1) / PtxTileRows + 1), GridStride.Block, 0,
            new KernelArguments().Add(a).Add(weights).Add(batch).Add(columns).Add(2 * scale).Add(accumulate ? 1 : 0).Add(dA));
}
