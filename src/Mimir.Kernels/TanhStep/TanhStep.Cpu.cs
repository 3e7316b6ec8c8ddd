using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class TanhStep
{
    private const int Grain = 4096; // values a task of a start

    private static void StartOnHost(
        HostDevice host, DeviceSpan<float> natural, DeviceSpan<float> variables, DeviceSpan<float> firstMoments,
        DeviceSpan<float> secondMoments, DeviceSpan<float> points) =>
        host.For(
            SimdLoop.Tasks(points.Length, Grain),
            new StartKernel(natural.Host, variables.Host, firstMoments.Host, secondMoments.Host, points.Host, points.Length));

    private static void StepOnHost(
        HostDevice host, DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> weights, DeviceSpan<float> rates,
        DeviceSpan<float> roots, int rows, int values, in State state) =>
        host.For(rows, new StepKernel
        {
            Gradient = gradient.Host,
            Natural = natural.Host,
            Weights = weights.Host,
            Rates = rates.Host,
            Roots = roots.Host,
            Values = values,
            Variables = state.Variables.Host,
            FirstMoments = state.FirstMoments.Host,
            SecondMoments = state.SecondMoments.Host,
            Points = state.Points.Host,
        });

    private readonly struct StartKernel(
        float* natural, float* variables, float* firstMoments, float* secondMoments, float* points, long count) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var i = (long)from * Grain;
            var end = Math.Min(count, (long)to * Grain);
            for (; i <= end - S.Lanes; i += S.Lanes)
                One<S, V>(i);
            for (; i < end; i++)
                One<SimdScalar, float>(i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void One<S, V>(long i) where S : struct, ISimd<V> where V : unmanaged
        {
            var one = S.Broadcast(1f);
            var tanh = S.FusedMultiplyAdd(S.Broadcast(2f), S.Load(natural + i), S.Broadcast(-1f));
            tanh = S.Max(S.Broadcast(-Furthest), S.Min(S.Broadcast(Furthest), tanh));
            var ratio = S.Divide(S.Add(one, tanh), S.Subtract(one, tanh));
            var w = S.Multiply(S.Broadcast(0.5f), VectorMath.Log<S, V>(ratio));
            S.Store(variables + i, w);
            S.Store(firstMoments + i, S.Zero);
            S.Store(secondMoments + i, S.Zero);
            S.Store(points + i, Image<S, V>(w));
        }
    }

    /// <summary>A task is a row.</summary>
    private struct StepKernel : ISimdKernel
    {
        public float* Gradient;
        public float* Natural;
        public float* Weights;
        public float* Rates;
        public float* Roots;
        public int Values;
        public float* Variables;
        public float* FirstMoments;
        public float* SecondMoments;
        public float* Points;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var row = from; row < to; row++)
            {
                var i = (long)row * Values;
                var end = i + Values;
                var (weight, rate, root) = (Weights[row], Rates[row], Roots[row]);
                for (; i <= end - S.Lanes; i += S.Lanes)
                    One<S, V>(i, S.Broadcast(weight), S.Broadcast(-rate), S.Broadcast(root));
                for (; i < end; i++)
                    One<SimdScalar, float>(i, weight, -rate, root);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void One<S, V>(long i, V weight, V rate, V root) where S : struct, ISimd<V> where V : unmanaged
        {
            V two = S.Broadcast(2f), point = S.Load(Points + i);
            var inPixels = S.FusedMultiplyAdd(weight, S.Load(Gradient + i), S.Multiply(two, S.Subtract(point, S.Load(Natural + i))));
            var slope = S.Multiply(S.Multiply(two, point), S.Subtract(S.Broadcast(1f), point));
            var g = S.Multiply(inPixels, slope);
            var m = S.FusedMultiplyAdd(S.Broadcast(Beta1), S.Load(FirstMoments + i), S.Multiply(S.Broadcast(1 - Beta1), g));
            var v = S.FusedMultiplyAdd(S.Broadcast(Beta2), S.Load(SecondMoments + i), S.Multiply(S.Broadcast(1 - Beta2), S.Multiply(g, g)));
            var scale = S.Add(S.Divide(S.Sqrt(v), root), S.Broadcast(AdamEpsilon));
            var w = S.FusedMultiplyAdd(rate, S.Divide(m, scale), S.Load(Variables + i));
            S.Store(Variables + i, w);
            S.Store(FirstMoments + i, m);
            S.Store(SecondMoments + i, v);
            S.Store(Points + i, Image<S, V>(w));
        }
    }

    /// <summary>½(tanh w + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Image<S, V>(V w) where S : struct, ISimd<V> where V : unmanaged
    {
        var one = S.Broadcast(1f);
        return S.Divide(one, S.Add(one, VectorMath.Exp<S, V>(S.Multiply(S.Broadcast(-2f), w))));
    }
}
