using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The token bookkeeping of a masked auto-encoder (He et al. 2022, arXiv:2111.06377): which patches are kept, the sequence
/// that the encoder reads, and the full sequence that the decoder reads.
/// <para>Sizes: B images, P patches, K kept patches, D channels; a sequence starts with the class token. float32, row-major.</para>
/// <para>Aliasing: none. Errors: <see cref="ShapeException"/> if a span has another length or an index lies outside its range.
/// B = 0 is a no-op.</para>
/// <para>A GPU does not wait to look at indices and noise: there a row whose index lies outside its range is NaN, its gradient is left out,
/// and noise that is not a number sorts last, with NaN in the mask.</para></summary>
public static partial class TokenGather
{
    /// <summary>Keeps the patches with the smallest noise:
    /// a stable argsort of each image's row, so equal values keep their order.</summary>
    /// <param name="noise">[B, P], one number a patch; the two zeros are equal.</param>
    /// <param name="batch">B.</param>
    /// <param name="patches">P.</param>
    /// <param name="kept">K, 0 to P.</param>
    /// <param name="ids">[B, K], overwritten: the kept patches in sorted order.</param>
    /// <param name="restore">[B, P], overwritten: the inverse permutation, patch l stands at restore[l] of the sorted order.</param>
    /// <param name="mask">[B, P], overwritten: 1 where the patch was removed, 0 where it was kept.</param>
    /// <exception cref="ShapeException">A span has another length, or a noise value is not a number: it has no place.</exception>
    public static void Keep(
        DeviceSpan<float> noise, int batch, int patches, int kept, DeviceSpan<int> ids, DeviceSpan<int> restore, DeviceSpan<float> mask)
    {
        const string entry = "TokenGather.Keep";
        CheckSizes(batch, kept, patches, 0, entry);
        Contract.Elements(noise, (long)batch * patches, entry, "noise", "[batch, patches]");
        Contract.Elements(ids, (long)batch * kept, entry, "ids", "[batch, kept]");
        Contract.Elements(restore, (long)batch * patches, entry, "restore", "[batch, patches]");
        Contract.Elements(mask, (long)batch * patches, entry, "mask", "[batch, patches]");
        if (mask.IsEmpty)
            return;
        using var scope = KernelScope.Enter(mask.Device, entry, 0, 12.0 * mask.Length + 4.0 * ids.Length, new(batch, kept, patches));
        if (PtxDevice.Is(mask, out var gpu))
            KeepOnPtx(gpu, noise, batch, patches, kept, ids, restore, mask);
        else
            KeepOnHost(HostDevice.Of(mask, entry), noise, batch, patches, kept, ids, restore, mask);
    }

    /// <summary>The encoder's input: y[b, 0] = classToken + positions[0]; y[b, 1+j] = tokens[b, j] + positions[1 + ids[b, j]].</summary>
    /// <param name="tokens">[B, K, D], embedded patches.</param>
    /// <param name="classToken">[D].</param>
    /// <param name="positions">[P+1, D].</param>
    /// <param name="ids">[B, K], or empty: then token j is patch j.</param>
    /// <param name="batch">B.</param>
    /// <param name="kept">K.</param>
    /// <param name="patches">P.</param>
    /// <param name="channels">D.</param>
    /// <param name="y">[B, K+1, D], overwritten.</param>
    public static void Embed(
        DeviceSpan<float> tokens, DeviceSpan<float> classToken, DeviceSpan<float> positions, DeviceSpan<int> ids,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y)
    {
        const string entry = "TokenGather.Embed";
        CheckSizes(batch, kept, patches, channels, entry);
        Contract.Elements(tokens, (long)batch * kept * channels, entry, "tokens", "[batch, kept, channels]");
        Contract.Elements(classToken, channels, entry, "classToken", "[channels]");
        Contract.Elements(positions, (patches + 1L) * channels, entry, "positions", "[patches + 1, channels]");
        Contract.ElementsOrEmpty(ids, (long)batch * kept, entry, "ids", "[batch, kept]");
        Contract.Elements(y, batch * (kept + 1L) * channels, entry, "y", "[batch, kept + 1, channels]");
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            y.Device, entry, y.Length, 4.0 * (tokens.Length + positions.Length + y.Length), new(batch, kept, patches, channels));
        if (PtxDevice.Is(y, out var gpu))
            EmbedOnPtx(gpu, tokens, classToken, positions, ids, batch, kept, patches, channels, y);
        else
            EmbedOnHost(HostDevice.Of(y, entry), tokens, classToken, positions, ids, batch, kept, patches, channels, y);
    }

    /// <summary>The gradients of <see cref="Embed"/>. Sums run over the images in order, so their bits never change with threads.</summary>
    /// <param name="dY">[B, K+1, D].</param>
    /// <param name="ids">As in <see cref="Embed"/>.</param>
    /// <param name="batch">B.</param>
    /// <param name="kept">K.</param>
    /// <param name="patches">P.</param>
    /// <param name="channels">D.</param>
    /// <param name="dTokens">[B, K, D], overwritten; empty if not wanted.</param>
    /// <param name="dClassToken">[D], accumulated; empty if not wanted.</param>
    /// <param name="dPositions">[P+1, D], accumulated; empty if not wanted.</param>
    public static void EmbedBackward(
        DeviceSpan<float> dY, DeviceSpan<int> ids, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dClassToken, DeviceSpan<float> dPositions)
    {
        const string entry = "TokenGather.EmbedBackward";
        CheckSizes(batch, kept, patches, channels, entry);
        Contract.Elements(dY, batch * (kept + 1L) * channels, entry, "dY", "[batch, kept + 1, channels]");
        Contract.ElementsOrEmpty(ids, (long)batch * kept, entry, "ids", "[batch, kept]");
        Contract.ElementsOrEmpty(dTokens, (long)batch * kept * channels, entry, "dTokens", "[batch, kept, channels]");
        Contract.ElementsOrEmpty(dClassToken, channels, entry, "dClassToken", "[channels]");
        Contract.ElementsOrEmpty(dPositions, (patches + 1L) * channels, entry, "dPositions", "[patches + 1, channels]");
        if (dY.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            dY.Device, entry, dPositions.IsEmpty ? 0 : dY.Length, 4.0 * (dY.Length + dTokens.Length), new(batch, kept, patches, channels));
        if (PtxDevice.Is(dY, out var gpu))
            EmbedBackwardOnPtx(gpu, dY, ids, batch, kept, patches, channels, dTokens, dClassToken, dPositions);
        else
            EmbedBackwardOnHost(HostDevice.Of(dY, entry), dY, ids, batch, kept, patches, channels, dTokens, dClassToken, dPositions);
    }

    /// <summary>The decoder's input, every patch at its place: y[b, 0] = tokens[b, 0] + positions[0]; y[b, 1+l] = positions[1+l] plus, with
    /// r = restore[b, l], tokens[b, 1+r] if r &lt; K and otherwise the mask token.</summary>
    /// <param name="tokens">[B, K+1, D].</param>
    /// <param name="maskToken">[D].</param>
    /// <param name="positions">[P+1, D].</param>
    /// <param name="restore">[B, P], a permutation of 0..P−1 for each image.</param>
    /// <param name="batch">B.</param>
    /// <param name="kept">K.</param>
    /// <param name="patches">P.</param>
    /// <param name="channels">D.</param>
    /// <param name="y">[B, P+1, D], overwritten.</param>
    public static void Restore(
        DeviceSpan<float> tokens, DeviceSpan<float> maskToken, DeviceSpan<float> positions, DeviceSpan<int> restore,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y)
    {
        const string entry = "TokenGather.Restore";
        CheckSizes(batch, kept, patches, channels, entry);
        Contract.Elements(tokens, batch * (kept + 1L) * channels, entry, "tokens", "[batch, kept + 1, channels]");
        Contract.Elements(maskToken, channels, entry, "maskToken", "[channels]");
        Contract.Elements(positions, (patches + 1L) * channels, entry, "positions", "[patches + 1, channels]");
        Contract.Elements(restore, (long)batch * patches, entry, "restore", "[batch, patches]");
        Contract.Elements(y, batch * (patches + 1L) * channels, entry, "y", "[batch, patches + 1, channels]");
        if (y.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            y.Device, entry, y.Length, 4.0 * (tokens.Length + positions.Length + y.Length), new(batch, kept, patches, channels));
        if (PtxDevice.Is(y, out var gpu))
            RestoreOnPtx(gpu, tokens, maskToken, positions, restore, batch, kept, patches, channels, y);
        else
            RestoreOnHost(HostDevice.Of(y, entry), tokens, maskToken, positions, restore, batch, kept, patches, channels, y);
    }

    /// <summary>The gradients of <see cref="Restore"/> (positions of a decoder are constants). Sums run over the images in order, so
    /// their bits never change with threads.</summary>
    /// <param name="dY">[B, P+1, D].</param>
    /// <param name="restore">As in <see cref="Restore"/>.</param>
    /// <param name="batch">B.</param>
    /// <param name="kept">K.</param>
    /// <param name="patches">P.</param>
    /// <param name="channels">D.</param>
    /// <param name="dTokens">[B, K+1, D], overwritten.</param>
    /// <param name="dMaskToken">[D], accumulated; empty if not wanted.</param>
    public static void RestoreBackward(
        DeviceSpan<float> dY, DeviceSpan<int> restore, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dMaskToken)
    {
        const string entry = "TokenGather.RestoreBackward";
        CheckSizes(batch, kept, patches, channels, entry);
        Contract.Elements(dY, batch * (patches + 1L) * channels, entry, "dY", "[batch, patches + 1, channels]");
        Contract.Elements(restore, (long)batch * patches, entry, "restore", "[batch, patches]");
        Contract.Elements(dTokens, batch * (kept + 1L) * channels, entry, "dTokens", "[batch, kept + 1, channels]");
        Contract.ElementsOrEmpty(dMaskToken, channels, entry, "dMaskToken", "[channels]");
        if (dTokens.IsEmpty)
            return;
        var removed = dMaskToken.IsEmpty ? 0 : dY.Length - dTokens.Length;
        using var scope = KernelScope.Enter(
            dTokens.Device, entry, removed, 4.0 * (2 * dTokens.Length + removed), new(batch, kept, patches, channels));
        if (PtxDevice.Is(dTokens, out var gpu))
            RestoreBackwardOnPtx(gpu, dY, restore, batch, kept, patches, channels, dTokens, dMaskToken);
        else
            RestoreBackwardOnHost(HostDevice.Of(dTokens, entry), dY, restore, batch, kept, patches, channels, dTokens, dMaskToken);
    }

    private static void CheckSizes(int batch, int kept, int patches, int channels, string entry)
    {
        Contract.Require(batch >= 0 && patches >= 0 && channels >= 0, entry, "sizes must not be negative");
        if (kept < 0 || kept > patches)
            throw new ShapeException($"{entry}: kept is {kept}, outside 0..{patches}, the patches of an image");
    }
}
