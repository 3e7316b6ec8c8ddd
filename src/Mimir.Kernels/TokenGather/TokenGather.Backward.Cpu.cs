using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class TokenGather
{
    // Channels of a reduction task: 256 bytes of a row, so that every cache line that is read is used whole.
    private const int ChannelChunk = 64;

    private static void EmbedBackwardOnHost(
        HostDevice host, DeviceSpan<float> dY, DeviceSpan<int> ids, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dClassToken, DeviceSpan<float> dPositions)
    {
        if (!dTokens.IsEmpty)
            host.For(batch, new TokenCopyKernel(dY.Host, kept, channels, dTokens.Host));
        var chunks = SimdLoop.Tasks(channels, ChannelChunk);
        if (!dClassToken.IsEmpty)
            host.For(chunks, new ClassSumKernel(dY.Host, batch, kept, channels, dClassToken.Host));
        if (!dPositions.IsEmpty)
            host.For(chunks, new PositionSumKernel(dY.Host, ids.Host, batch, kept, patches, channels, dPositions.Host));
    }

    private static void RestoreBackwardOnHost(
        HostDevice host, DeviceSpan<float> dY, DeviceSpan<int> restore, int batch, int kept, int patches, int channels,
        DeviceSpan<float> dTokens, DeviceSpan<float> dMaskToken)
    {
        host.For(batch, new RestoreBackwardKernel(dY.Host, restore.Host, kept, patches, channels, dTokens.Host));
        if (!dMaskToken.IsEmpty)
        {
            host.For(
                SimdLoop.Tasks(channels, ChannelChunk),
                new MaskSumKernel(dY.Host, restore.Host, batch, kept, patches, channels, dMaskToken.Host));
        }
    }

    /// <summary>A task is one image: all rows of dY but the class token's.</summary>
    private readonly struct TokenCopyKernel(float* dY, int kept, int channels, float* dTokens) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var count = checked(kept * channels);
            for (var b = from; b < to; b++)
                CopyRow(dY + (b * (kept + 1L) + 1) * channels, dTokens + (long)b * count, count);
        }
    }

    /// <summary>A task is a chunk of channels, summed over the images in order.</summary>
    private readonly struct ClassSumKernel(float* dY, int batch, int kept, int channels, float* dClassToken) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(channels, (long)to * ChannelChunk);
            for (var c = from * ChannelChunk; c < end; c += S.Lanes)
            {
                var count = Math.Min(S.Lanes, end - c);
                var sum = S.Zero;
                for (var b = 0; b < batch; b++)
                    sum = S.Add(sum, S.LoadPartial(dY + b * (kept + 1L) * channels + c, count));
                S.StorePartial(dClassToken + c, S.Add(S.LoadPartial(dClassToken + c, count), sum), count);
            }
        }
    }

    /// <summary>A task is a chunk of channels of the whole position table, which stays in the cache while dY passes by once.</summary>
    private readonly struct PositionSumKernel(
        float* dY, int* ids, int batch, int kept, int patches, int channels, float* dPositions) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var chunk = from; chunk < to; chunk++)
            {
                var first = chunk * ChannelChunk;
                var count = Math.Min(ChannelChunk, channels - first);
                for (var b = 0; b < batch; b++)
                {
                    var rows = dY + b * (kept + 1L) * channels + first;
                    AddRow<S, V>(dPositions + first, rows, dPositions + first, count);
                    for (var j = 0; j < kept; j++)
                    {
                        var id = ids is null ? j : Checked(ids[(long)b * kept + j], patches, "patch number", b);
                        var sum = dPositions + (1L + id) * channels + first;
                        AddRow<S, V>(sum, rows + (1L + j) * channels, sum, count);
                    }
                }
            }
        }
    }

    /// <summary>A task is one image: the rows that tokens came to go back to them.</summary>
    private readonly struct RestoreBackwardKernel(
        float* dY, int* restore, int kept, int patches, int channels, float* dTokens) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var sequence = dY + b * (patches + 1L) * channels;
                var tokens = dTokens + b * (kept + 1L) * channels;
                CopyRow(sequence, tokens, channels);
                for (var l = 0; l < patches; l++)
                {
                    var r = Checked(restore[(long)b * patches + l], patches, "restored place", b);
                    if (r < kept)
                        CopyRow(sequence + (1L + l) * channels, tokens + (1L + r) * channels, channels);
                }
            }
        }
    }

    /// <summary>A task is a chunk of channels.
    /// An image's rows are summed first, then added to the total: shorter sums, less rounding.</summary>
    private readonly struct MaskSumKernel(
        float* dY, int* restore, int batch, int kept, int patches, int channels, float* dMaskToken) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var sums = stackalloc float[2 * ChannelChunk];
            for (var chunk = from; chunk < to; chunk++)
            {
                var first = chunk * ChannelChunk;
                var count = Math.Min(ChannelChunk, channels - first);
                float* image = sums, total = sums + ChannelChunk;
                new Span<float>(total, ChannelChunk).Clear();
                for (var b = 0; b < batch; b++)
                {
                    var rows = dY + (b * (patches + 1L) + 1) * channels + first;
                    var places = restore + (long)b * patches;
                    new Span<float>(image, ChannelChunk).Clear();
                    for (var l = 0; l < patches; l++)
                    {
                        if (places[l] >= kept)
                            AddRow<S, V>(image, rows + (long)l * channels, image, count);
                    }

                    AddRow<S, V>(total, image, total, count);
                }

                AddRow<S, V>(dMaskToken + first, total, dMaskToken + first, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRow(float* source, float* destination, int count) =>
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(destination, count));
}
