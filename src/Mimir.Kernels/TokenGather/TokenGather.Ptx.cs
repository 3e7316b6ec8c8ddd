using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class TokenGather
{
    private const int WidestKeep = 256; // threads, and keys in shared memory
    private const int WarpLanes = 32;

    private static readonly PtxKernel s_keep = new("token_gather", "token_gather_keep_f32");
    private static readonly PtxKernel s_embed = new("token_gather", "token_gather_embed_f32");
    private static readonly PtxKernel s_restore = new("token_gather", "token_gather_restore_f32");
    private static readonly PtxKernel s_rows = new("token_gather", "token_gather_rows_f32");
    private static readonly PtxKernel s_restoreRows = new("token_gather", "token_gather_restore_rows_f32");
    private static readonly PtxKernel s_maskSums = new("token_gather", "token_gather_mask_sums_f32");
    private static readonly PtxKernel s_positionSums = new("token_gather", "token_gather_position_sums_f32");

    /// <summary>Rows first to first + rows − 1 of every image, one behind the other; shared with <see cref="TokenPool"/>.</summary>
    internal static void CopyRowsOnPtx(
        PtxDevice gpu, DeviceSpan<float> source, int batch, int sourceRows, int first, int rows, int channels, DeviceSpan<float> target) =>
        gpu.Launch(
            s_rows, ImageRows.Rows(batch, rows), ImageRows.Block, 0,
            new KernelArguments().Add(source).Add(sourceRows).Add(first).Add(rows).Add(channels).Add(target));

    private static void KeepOnPtx(
        PtxDevice gpu, DeviceSpan<float> noise, int batch, int patches, int kept,
        DeviceSpan<int> ids, DeviceSpan<int> restore, DeviceSpan<float> mask)
    {
        var threads = (int)Math.Min(WidestKeep, (patches + WarpLanes - 1L) / WarpLanes * WarpLanes);
        gpu.Launch(
            s_keep, ImageRows.Grid(batch, (patches + threads - 1L) / threads), new Dim3(threads), 0,
            new KernelArguments().Add(noise).Add(patches).Add(kept).Add(ids).Add(restore).Add(mask));
    }

    private static void EmbedOnPtx(
        PtxDevice gpu, DeviceSpan<float> tokens, DeviceSpan<float> classToken, DeviceSpan<float> positions, DeviceSpan<int> ids,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y) =>
        gpu.Launch(
            s_embed, ImageRows.Rows(batch, kept + 1L), ImageRows.Block, 0,
            new KernelArguments().Add(tokens).Add(classToken).Add(positions).Add(ids).Add(kept).Add(patches).Add(channels).Add(y));

    private static void RestoreOnPtx(
        PtxDevice gpu, DeviceSpan<float> tokens, DeviceSpan<float> maskToken, DeviceSpan<float> positions, DeviceSpan<int> restore,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y) =>
        gpu.Launch(
            s_restore, ImageRows.Rows(batch, patches + 1L), ImageRows.Block, 0,
            new KernelArguments().Add(tokens).Add(maskToken).Add(positions).Add(restore).Add(kept).Add(patches).Add(channels).Add(y));

    private static void EmbedBackwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> dY, DeviceSpan<int> ids, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dClassToken, DeviceSpan<float> dPositions)
    {
        if (!dTokens.IsEmpty)
            CopyRowsOnPtx(gpu, dY, batch, kept + 1, 1, kept, channels, dTokens);
        if (dClassToken.IsEmpty && dPositions.IsEmpty)
            return;

        // Without ids the positions behind the last token get nothing.
        var positions = dPositions.IsEmpty ? 1 : (ids.IsEmpty ? kept : patches) + 1;
        SumPositions(gpu, dY, ids, batch, kept, channels, positions, dClassToken, dPositions);
    }

    private static void RestoreBackwardOnPtx(
        PtxDevice gpu, DeviceSpan<float> dY, DeviceSpan<int> restore, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dMaskToken)
    {
        gpu.Launch(
            s_restoreRows, ImageRows.Rows(batch, patches + 1L), ImageRows.Block, 0,
            new KernelArguments().Add(dY).Add(restore).Add(kept).Add(patches).Add(channels).Add(dTokens));
        if (dMaskToken.IsEmpty)
            return;

        // A sum for each image, then the sum of those: rows of a sequence without tokens, so to speak.
        var sums = gpu.Scratch<float>(PtxScratchSlot.Partials, (long)batch * channels);
        gpu.Launch(
            s_maskSums, ImageRows.Channels(batch, channels), ImageRows.Block, 0,
            new KernelArguments().Add(dY).Add(restore).Add(kept).Add(patches).Add(channels).Add(sums));
        SumPositions(gpu, sums, default, batch, 0, channels, 1, dMaskToken, default);
    }

    private static void SumPositions(
        PtxDevice gpu, DeviceSpan<float> dY, DeviceSpan<int> ids, int batch, int kept, int channels, int positions,
        DeviceSpan<float> dClassToken, DeviceSpan<float> dPositions) =>
        gpu.Launch(
            s_positionSums, ImageRows.Channels(positions, channels), new Dim3(WarpLanes, WarpLanes), 0,
            new KernelArguments().Add(dY).Add(ids).Add(batch).Add(kept).Add(channels).Add(dClassToken).Add(dPositions));
}
