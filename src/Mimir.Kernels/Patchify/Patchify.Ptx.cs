using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class Patchify
{
    private const int Quad = 4; // numbers that the wide forms move at once
    private const int DeepestBlock = 64; // the driver's limit on a block's z

    private static readonly PtxKernel s_gather = new("patchify", "patchify_gather_f32");
    private static readonly PtxKernel s_gatherQuads = new("patchify", "patchify_gather_f32x4");
    private static readonly PtxKernel s_scatter = new("patchify", "patchify_scatter_f32");
    private static readonly PtxKernel s_scatterQuads = new("patchify", "patchify_scatter_f32x4");

    private static void ForwardOnPtx(
        PtxDevice gpu, in PatchGrid grid, int batch, DeviceSpan<float> images, DeviceSpan<int> ids, DeviceSpan<float> patches) =>
        LaunchCopy(gpu, s_gather, s_gatherQuads, grid, batch, images, ids, patches);

    private static void BackwardOnPtx(
        PtxDevice gpu, in PatchGrid grid, int batch, DeviceSpan<float> dPatches, DeviceSpan<int> ids, DeviceSpan<float> dImages)
    {
        if (!ids.IsEmpty || grid.Kept == 0)
            dImages.Clear();
        if (!dPatches.IsEmpty)
            LaunchCopy(gpu, s_scatter, s_scatterQuads, grid, batch, dImages, ids, dPatches);
    }

    /// <summary>The two layouts are one to the kernels: rows of numbers, in which every few neighbours are one pixel's channels.</summary>
    private static void LaunchCopy(
        PtxDevice gpu, PtxKernel single, PtxKernel quads, in PatchGrid grid, int batch,
        DeviceSpan<float> images, DeviceSpan<int> ids, DeviceSpan<float> patches)
    {
        var byPixel = grid.Order == PatchOrder.RowColumnChannel;
        var interleave = byPixel ? grid.Channels : 1;
        var rows = byPixel ? grid.Patch : checked(grid.Channels * grid.Patch);
        var numbers = checked(grid.Patch * interleave);
        var isAligned = (images.DeviceAddress | patches.DeviceAddress) % (Quad * sizeof(float)) == 0;
        var isWide = isAligned && interleave == 1 && grid.Patch % Quad == 0;
        if (isWide)
            numbers /= Quad;

        var x = Math.Min(numbers, GridStride.Threads);
        var y = Math.Min(rows, GridStride.Threads / x);
        var z = Math.Min(DeepestBlock, GridStride.Threads / (x * y));
        var count = (long)batch * grid.Kept;
        var arguments = new KernelArguments().Add(images).Add(ids).Add(patches).Add(count).Add(grid.Kept).Add(grid.Patches).Add(grid.Across)
            .Add(grid.Channels).Add(grid.Height).Add(grid.Width).Add(grid.Patch).Add(rows).Add(numbers);
        if (!isWide)
            arguments.Add(interleave);
        gpu.Launch(
            isWide ? quads : single, new Dim3(checked((int)((count + z - 1) / z))), new Dim3(x, y, z), 0, arguments);
    }
}
