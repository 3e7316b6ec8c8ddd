using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class TokenPool
{
    private static void MeanOnHost(HostDevice host, DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y) =>
        host.For(batch, new MeanKernel(x.Host, tokens, channels, y.Host));

    private static void MeanBackwardOnHost(
        HostDevice host, DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX) =>
        host.For(batch, new MeanBackwardKernel(dY.Host, tokens, channels, dX.Host));

    private static void ClassOnHost(HostDevice host, DeviceSpan<float> x, int batch, int tokens, int channels, DeviceSpan<float> y) =>
        host.For(batch, new ClassKernel(x.Host, tokens, channels, y.Host));

    private static void ClassBackwardOnHost(
        HostDevice host, DeviceSpan<float> dY, int batch, int tokens, int channels, DeviceSpan<float> dX) =>
        host.For(batch, new ClassBackwardKernel(dY.Host, tokens, channels, dX.Host));

    /// <summary>A task is one image; a register of channels is summed down all tokens before the next one.</summary>
    private readonly struct MeanKernel(float* x, int tokens, int channels, float* y) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var width = channels;
            var rows = tokens;
            var factor = S.Broadcast(1f / (rows - 1));
            for (var b = from; b < to; b++)
            {
                var image = x + (long)b * rows * width;
                var pooled = y + (long)b * width;
                var c = 0;
                for (; c <= width - 2 * S.Lanes; c += 2 * S.Lanes)
                {
                    // Two columns of registers, each with two chains: the loads, not the additions, set the pace.
                    V even0 = S.Zero, even1 = S.Zero, odd0 = S.Zero, odd1 = S.Zero;
                    var row = image + width + c;
                    var t = 1;
                    for (; t < rows - 1; t += 2, row += 2L * width)
                    {
                        even0 = S.Add(even0, S.Load(row));
                        even1 = S.Add(even1, S.Load(row + S.Lanes));
                        odd0 = S.Add(odd0, S.Load(row + width));
                        odd1 = S.Add(odd1, S.Load(row + width + S.Lanes));
                    }

                    if (t < rows)
                    {
                        even0 = S.Add(even0, S.Load(row));
                        even1 = S.Add(even1, S.Load(row + S.Lanes));
                    }

                    S.Store(pooled + c, S.Multiply(S.Add(even0, odd0), factor));
                    S.Store(pooled + c + S.Lanes, S.Multiply(S.Add(even1, odd1), factor));
                }

                for (; c < width; c += S.Lanes)
                {
                    var count = Math.Min(S.Lanes, width - c);
                    var sum = S.Zero;
                    for (var t = 1; t < rows; t++)
                        sum = S.Add(sum, S.LoadPartial(image + (long)t * width + c, count));
                    S.StorePartial(pooled + c, S.Multiply(sum, factor), count);
                }
            }
        }
    }

    private readonly struct MeanBackwardKernel(float* dY, int tokens, int channels, float* dX) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var width = channels;
            var rows = tokens;
            var factor = S.Broadcast(1f / (rows - 1));
            for (var b = from; b < to; b++)
            {
                var pooled = dY + (long)b * width;
                var image = dX + (long)b * rows * width;
                new Span<float>(image, width).Clear();
                var first = image + width;
                var c = 0;
                for (; c <= width - S.Lanes; c += S.Lanes)
                    S.Store(first + c, S.Multiply(S.Load(pooled + c), factor));
                if (c < width)
                    S.StorePartial(first + c, S.Multiply(S.LoadPartial(pooled + c, width - c), factor), width - c);
                for (var t = 2; t < rows; t++)
                    new Span<float>(first, width).CopyTo(new Span<float>(image + (long)t * width, width));
            }
        }
    }

    private readonly struct ClassKernel(float* x, int tokens, int channels, float* y) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
                new Span<float>(x + (long)b * tokens * channels, channels).CopyTo(new Span<float>(y + (long)b * channels, channels));
        }
    }

    private readonly struct ClassBackwardKernel(float* dY, int tokens, int channels, float* dX) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var image = dX + (long)b * tokens * channels;
                new Span<float>(dY + (long)b * channels, channels).CopyTo(new Span<float>(image, channels));
                new Span<float>(image + channels, checked((tokens - 1) * channels)).Clear();
            }
        }
    }
}
