using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class L2Step
{
    private const double Tiny = 1e-10; // keeps a zero gradient from dividing by zero

    private static void StartOnHost(
        HostDevice host, DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> radius, int batch, int values,
        float epsilon, DeviceSpan<float> adversarial) =>
        host.For(batch, new StartKernel(images.Host, noise.Host, radius.Host, values, epsilon, adversarial.Host));

    private static void StepOnHost(
        HostDevice host, DeviceSpan<float> gradient, DeviceSpan<float> images, int batch, int values, float epsilon, float alpha,
        DeviceSpan<float> adversarial) =>
        host.For(batch, new StepKernel(gradient.Host, images.Host, values, epsilon, alpha, adversarial.Host));

    /// <summary>A task is one image.</summary>
    private readonly struct StartKernel(float* images, float* noise, float* radius, int values, float epsilon, float* adversarial)
        : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var first = (long)b * values;
                var norm = Math.Sqrt(SquareSum.Of<S, V>(noise + first, values));
                var factor = norm > 0 ? (float)(epsilon * (double)radius[b] / norm) : 0f;
                AddScaledAndClip<S, V>(images + first, noise + first, factor, adversarial + first, values);
            }
        }
    }

    /// <summary>A task is one image: its norm, the moved offset and that one's norm, then the projection.</summary>
    private readonly struct StepKernel(float* gradient, float* images, int values, float epsilon, float alpha, float* adversarial)
        : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var b = from; b < to; b++)
            {
                var first = (long)b * values;
                var step = (float)(alpha / (Math.Sqrt(SquareSum.Of<S, V>(gradient + first, values)) + Tiny));
                var length = Math.Sqrt(Move<S, V>(gradient + first, images + first, step, adversarial + first, values));
                var factor = length > epsilon ? (float)(epsilon / length) : 1f;
                AddScaledAndClip<S, V>(images + first, adversarial + first, factor, adversarial + first, values);
            }
        }
    }

    /// <summary>Turns the adversarial image into its offset δ = (a + step·g) − x and returns ‖δ‖².</summary>
    private static double Move<S, V>(float* gradient, float* images, float step, float* adversarial, int count)
        where S : struct, ISimd<V> where V : unmanaged
    {
        var factor = S.Broadcast(step);
        var total = 0.0;
        for (var start = 0; start < count; start += SquareSum.Block)
        {
            var end = Math.Min(count, start + SquareSum.Block);
            var sum = S.Zero;
            var i = start;
            for (; i <= end - S.Lanes; i += S.Lanes)
            {
                var moved = S.FusedMultiplyAdd(S.Load(gradient + i), factor, S.Load(adversarial + i));
                var delta = S.Subtract(moved, S.Load(images + i));
                S.Store(adversarial + i, delta);
                sum = S.FusedMultiplyAdd(delta, delta, sum);
            }

            if (i < end)
            {
                var rest = end - i;
                var moved = S.FusedMultiplyAdd(S.LoadPartial(gradient + i, rest), factor, S.LoadPartial(adversarial + i, rest));
                var delta = S.Subtract(moved, S.LoadPartial(images + i, rest));
                S.StorePartial(adversarial + i, delta, rest);
                sum = S.FusedMultiplyAdd(delta, delta, sum);
            }

            total += S.Sum(sum);
        }

        return total;
    }

    private static void AddScaledAndClip<S, V>(float* images, float* direction, float factor, float* adversarial, int count)
        where S : struct, ISimd<V> where V : unmanaged
    {
        var scale = S.Broadcast(factor);
        var one = S.Broadcast(1f);
        var i = 0;
        for (; i <= count - S.Lanes; i += S.Lanes)
        {
            var moved = S.FusedMultiplyAdd(S.Load(direction + i), scale, S.Load(images + i));
            S.Store(adversarial + i, S.Max(S.Min(moved, one), S.Zero));
        }

        if (i < count)
        {
            var rest = count - i;
            var moved = S.FusedMultiplyAdd(S.LoadPartial(direction + i, rest), scale, S.LoadPartial(images + i, rest));
            S.StorePartial(adversarial + i, S.Max(S.Min(moved, one), S.Zero), rest);
        }
    }
}
