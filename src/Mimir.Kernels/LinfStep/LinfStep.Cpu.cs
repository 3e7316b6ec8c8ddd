using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class LinfStep
{
    private const int Grain = 16384; // elements a task

    private static void StartOnHost(HostDevice host, DeviceSpan<float> images, DeviceSpan<float> noise, DeviceSpan<float> adversarial) =>
        host.For(
            SimdLoop.Tasks(adversarial.Length, Grain),
            new StartKernel(images.Host, noise.Host, adversarial.Host, adversarial.Length));

    private static void StepOnHost(
        HostDevice host, DeviceSpan<float> gradient, DeviceSpan<float> images, float epsilon, float alpha, DeviceSpan<float> adversarial) =>
        host.For(
            SimdLoop.Tasks(adversarial.Length, Grain),
            new StepKernel(gradient.Host, images.Host, epsilon, alpha, adversarial.Host, adversarial.Length));

    private readonly struct StartKernel(float* images, float* noise, float* adversarial, long count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            float* x = images, n = noise, a = adversarial; // locals, so that stores cannot change them
            var i = (long)from * Grain;
            var end = Math.Min(count, (long)to * Grain);
            for (; i <= end - S.Lanes; i += S.Lanes)
                S.Store(a + i, Clip<S, V>(S.Add(S.Load(x + i), S.Load(n + i))));
            if (i < end)
            {
                var rest = (int)(end - i);
                var sum = S.Add(S.LoadPartial(x + i, rest), S.LoadPartial(n + i, rest));
                S.StorePartial(a + i, Clip<S, V>(sum), rest);
            }
        }
    }

    private readonly struct StepKernel(float* gradient, float* images, float epsilon, float alpha, float* adversarial, long count)
        : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            float* g = gradient, x = images, a = adversarial;
            var radius = S.Broadcast(epsilon);
            var step = S.Broadcast(alpha);
            var i = (long)from * Grain;
            var end = Math.Min(count, (long)to * Grain);
            for (; i <= end - S.Lanes; i += S.Lanes)
            {
                var next = Ascend<S, V>(S.Load(g + i), S.Load(x + i), S.Load(a + i), radius, step);
                S.Store(a + i, next);
            }

            if (i < end)
            {
                var rest = (int)(end - i);
                var next = Ascend<S, V>(
                    S.LoadPartial(g + i, rest), S.LoadPartial(x + i, rest), S.LoadPartial(a + i, rest), radius, step);
                S.StorePartial(a + i, next, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Ascend<S, V>(V g, V x, V a, V radius, V step) where S : struct, ISimd<V> where V : unmanaged
        {
            var move = S.SelectLess(S.Zero, g, step, S.SelectLess(g, S.Zero, S.Subtract(S.Zero, step), S.Zero));
            var delta = S.Subtract(S.Add(a, move), x);
            delta = S.Max(S.Min(delta, radius), S.Subtract(S.Zero, radius));
            return Clip<S, V>(S.Add(x, delta));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Clip<S, V>(V value) where S : struct, ISimd<V> where V : unmanaged =>
        S.Max(S.Min(value, S.Broadcast(1f)), S.Zero);
}
