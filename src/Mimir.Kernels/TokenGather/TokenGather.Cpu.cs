using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class TokenGather
{
    private static void EmbedOnHost(
        HostDevice host, DeviceSpan<float> tokens, DeviceSpan<float> classToken, DeviceSpan<float> positions, DeviceSpan<int> ids,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y) =>
        host.For(batch, new EmbedKernel(tokens.Host, classToken.Host, positions.Host, ids.Host, kept, patches, channels, y.Host));

    private static void RestoreOnHost(
        HostDevice host, DeviceSpan<float> tokens, DeviceSpan<float> maskToken, DeviceSpan<float> positions, DeviceSpan<int> restore,
        int batch, int kept, int patches, int channels, DeviceSpan<float> y) =>
        host.For(batch, new RestoreKernel(tokens.Host, maskToken.Host, positions.Host, restore.Host, kept, patches, channels, y.Host));

    /// <summary>A task is one image.</summary>
    private readonly struct EmbedKernel(
        float* tokens, float* classToken, float* positions, int* ids, int kept, int patches, int channels, float* y) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var sequence = y + b * (kept + 1L) * channels;
                AddRow<S, V>(classToken, positions, sequence, channels);
                for (var j = 0; j < kept; j++)
                {
                    var row = (long)b * kept + j;
                    var id = ids is null ? j : Checked(ids[row], patches, "patch number", b);
                    AddRow<S, V>(tokens + row * channels, positions + (1L + id) * channels, sequence + (1L + j) * channels, channels);
                }
            }
        }
    }

    /// <summary>A task is one image.</summary>
    private readonly struct RestoreKernel(
        float* tokens, float* maskToken, float* positions, int* restore, int kept, int patches, int channels, float* y) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var sequence = y + b * (patches + 1L) * channels;
                var given = tokens + b * (kept + 1L) * channels;
                AddRow<S, V>(given, positions, sequence, channels);
                for (var l = 0; l < patches; l++)
                {
                    var r = Checked(restore[(long)b * patches + l], patches, "restored place", b);
                    var source = r < kept ? given + (1L + r) * channels : maskToken;
                    AddRow<S, V>(source, positions + (1L + l) * channels, sequence + (1L + l) * channels, channels);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Checked(int index, int patches, string what, int image)
    {
        if ((uint)index >= (uint)patches)
            ThrowOutside(index, patches, what, image);
        return index;
    }

    private static void ThrowOutside(int index, int patches, string what, int image) =>
        throw new ShapeException($"TokenGather: {what} {index} of image {image} lies outside 0..{patches - 1}");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<S, V>(float* a, float* b, float* y, int count) where S : struct, ISimd<V> where V : unmanaged
    {
        var i = 0;
        for (; i <= count - S.Lanes; i += S.Lanes)
            S.Store(y + i, S.Add(S.Load(a + i), S.Load(b + i)));
        if (i < count)
            S.StorePartial(y + i, S.Add(S.LoadPartial(a + i, count - i), S.LoadPartial(b + i, count - i)), count - i);
    }
}
