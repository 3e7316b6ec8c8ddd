using Mimir.Kernels;

namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Patches and tokens: cutting images up, masks, positions, pooling; a whole batch of vit_ti with 4x4 patches on CIFAR-10.</summary>
internal static class PatchCases
{
    private const int Batch = 128;
    private const int Channels = 3;
    private const int Side = 32;
    private const int Patch = 4;
    private const int Patches = 64;
    private const int Kept = 16;
    private const int Values = Channels * Patch * Patch;
    private const int Pixels = Channels * Side * Side;
    private const int Embed = 192;
    private const int DecoderEmbed = 128;

    /// <summary>The cases.</summary>
    public static IEnumerable<KernelCase> All() => [.. Cutting(), .. Gathering(), .. Pooling()];

    private static IEnumerable<KernelCase> Cutting()
    {
        const string Family = "Patchify";
        foreach (var order in Enum.GetValues<PatchOrder>())
        {
            yield return new(Family, $"all patches, {order}", arrays =>
            {
                var (images, patches) = (arrays.Floats(Batch * Pixels), arrays.Floats(Batch * Pixels));
                return () => Patchify.Forward(images, Batch, Channels, Side, Side, Patch, default, Patches, order, patches);
            });
            yield return new(Family, $"all patches, {order}", arrays =>
            {
                var (images, patches) = (arrays.Floats(Batch * Pixels), arrays.Floats(Batch * Pixels));
                return () => Patchify.Backward(patches, Batch, Channels, Side, Side, Patch, default, Patches, order, images);
            });
        }

        yield return new(Family, "visible patches", arrays =>
        {
            var (images, patches, ids) = (arrays.Floats(Batch * Pixels), arrays.Floats(Batch * Kept * Values), arrays.Keep(Batch, Patches, Kept).Ids);
            return () => Patchify.Forward(images, Batch, Channels, Side, Side, Patch, ids, Kept, PatchOrder.ChannelRowColumn, patches);
        });
        yield return new(Family, "visible patches", arrays =>
        {
            var (images, patches, ids) = (arrays.Floats(Batch * Pixels), arrays.Floats(Batch * Kept * Values), arrays.Keep(Batch, Patches, Kept).Ids);
            return () => Patchify.Backward(patches, Batch, Channels, Side, Side, Patch, ids, Kept, PatchOrder.ChannelRowColumn, images);
        });
    }

    private static IEnumerable<KernelCase> Gathering()
    {
        const string Family = "TokenGather";
        yield return new(Family, "mask", arrays =>
        {
            var (noise, (ids, restore, mask)) = (arrays.Floats(Batch * Patches), arrays.Keep(Batch, Patches, Kept));
            return () => TokenGather.Keep(noise, Batch, Patches, Kept, ids, restore, mask);
        });
        yield return new(Family, "encoder input", arrays =>
        {
            var (tokens, y, ids) = (arrays.Floats(Batch * Kept * Embed), arrays.Floats(Batch * (Kept + 1) * Embed), arrays.Keep(Batch, Patches, Kept).Ids);
            var (classToken, positions) = (arrays.Floats(Embed), arrays.Floats((Patches + 1) * Embed));
            return () => TokenGather.Embed(tokens, classToken, positions, ids, Batch, Kept, Patches, Embed, y);
        });
        yield return new(Family, "encoder input", arrays =>
        {
            var (dTokens, dY, ids) = (arrays.Floats(Batch * Kept * Embed), arrays.Floats(Batch * (Kept + 1) * Embed), arrays.Keep(Batch, Patches, Kept).Ids);
            var dClassToken = arrays.Floats(Embed);
            return () => TokenGather.EmbedBackward(dY, ids, Batch, Kept, Patches, Embed, dTokens, dClassToken, default);
        });
        yield return new(Family, "decoder input", arrays =>
        {
            var (tokens, y) = (arrays.Floats(Batch * (Kept + 1) * DecoderEmbed), arrays.Floats(Batch * (Patches + 1) * DecoderEmbed));
            var (maskToken, positions, restore) = (arrays.Floats(DecoderEmbed), arrays.Floats((Patches + 1) * DecoderEmbed), arrays.Keep(Batch, Patches, Kept).Restore);
            return () => TokenGather.Restore(tokens, maskToken, positions, restore, Batch, Kept, Patches, DecoderEmbed, y);
        });
        yield return new(Family, "decoder input", arrays =>
        {
            var (dTokens, dY) = (arrays.Floats(Batch * (Kept + 1) * DecoderEmbed), arrays.Floats(Batch * (Patches + 1) * DecoderEmbed));
            var (dMaskToken, restore) = (arrays.Floats(DecoderEmbed), arrays.Keep(Batch, Patches, Kept).Restore);
            return () => TokenGather.RestoreBackward(dY, restore, Batch, Kept, Patches, DecoderEmbed, dTokens, dMaskToken);
        });
    }

    private static IEnumerable<KernelCase> Pooling()
    {
        const string Family = "TokenPool";
        yield return new(Family, "classifier", arrays =>
        {
            var (x, y) = (arrays.Floats(Batch * (Patches + 1) * Embed), arrays.Floats(Batch * Embed));
            return () => TokenPool.Mean(x, Batch, Patches + 1, Embed, y);
        });
        yield return new(Family, "classifier", arrays =>
        {
            var (dX, dY) = (arrays.Floats(Batch * (Patches + 1) * Embed), arrays.Floats(Batch * Embed));
            return () => TokenPool.MeanBackward(dY, Batch, Patches + 1, Embed, dX);
        });
        yield return new(Family, "classifier", arrays =>
        {
            var (dX, dY) = (arrays.Floats(Batch * (Patches + 1) * Embed), arrays.Floats(Batch * Embed));
            return () => TokenPool.ClassBackward(dY, Batch, Patches + 1, Embed, dX);
        });
    }
}
