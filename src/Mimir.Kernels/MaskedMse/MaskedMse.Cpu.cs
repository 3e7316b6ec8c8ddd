using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class MaskedMse
{
    private const int WidestRegister = 16; // floats
    private const float VarianceFloor = 1e-6f;

    private static void ForwardOnHost(
        HostDevice host, DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values,
        bool normalise, DeviceSpan<float> losses) =>
        host.For(batch, new ForwardKernel(prediction.Host, target.Host, mask.Host, patches, values, normalise, losses.Host));

    private static void BackwardOnHost(
        HostDevice host, DeviceSpan<float> prediction, DeviceSpan<float> target, DeviceSpan<float> mask, int batch, int patches, int values,
        bool normalise, float scale, DeviceSpan<float> dPrediction, DeviceSpan<float> dTarget) =>
        host.For(
            batch,
            new BackwardKernel(
                prediction.Host, target.Host, mask.Host, patches, values, normalise, scale, dPrediction.Host, dTarget.Host));

    /// <summary>A task is one image.</summary>
    private readonly struct ForwardKernel(
        float* prediction, float* target, float* mask, int patches, int values, bool normalise, float* losses) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var ones = stackalloc float[WidestRegister];
            new Span<float>(ones, WidestRegister).Fill(1f);
            var tail = S.LoadPartial(ones, values % S.Lanes);
            for (var b = from; b < to; b++)
            {
                var loss = 0.0;
                for (var l = 0; l < patches; l++)
                {
                    var row = (long)b * patches + l;
                    if (mask[row] == 0f)
                        continue;
                    var t = target + row * values;
                    var form = normalise ? TargetForm<V>.Of<S>(t, values, tail) : TargetForm<V>.Identity<S>();
                    loss += mask[row] * (double)SquaredError<S, V>(prediction + (row + b + 1) * values, t, values, form, tail) / values;
                }

                losses[b] = (float)loss;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SquaredError<S, V>(float* prediction, float* target, int values, in TargetForm<V> form, V tail)
        where S : struct, ISimd<V> where V : unmanaged
    {
        var sum = S.Zero;
        var v = 0;
        for (; v <= values - S.Lanes; v += S.Lanes)
        {
            var error = S.Subtract(S.Load(prediction + v), form.Apply<S>(S.Load(target + v)));
            sum = S.FusedMultiplyAdd(error, error, sum);
        }

        if (v < values)
        {
            var t = form.Apply<S>(S.LoadPartial(target + v, values - v));
            var error = S.Multiply(S.Subtract(S.LoadPartial(prediction + v, values - v), t), tail);
            sum = S.FusedMultiplyAdd(error, error, sum);
        }

        return S.Sum(sum);
    }

    /// <summary>What turns a target value x into t = ((x − mean) − remainder)·rstd. The mean alone is rounded to float32; the mean of what
    /// it leaves, the remainder, restores its lost digits.</summary>
    private readonly struct TargetForm<V>(V mean, V remainder, V rstd) where V : unmanaged
    {
        private readonly V _mean = mean;
        private readonly V _remainder = remainder;

        /// <summary>1/sqrt(var + 1e-6) in every lane.</summary>
        public V Rstd { get; } = rstd;

        public static TargetForm<V> Identity<S>() where S : struct, ISimd<V> => new(S.Zero, S.Zero, S.Broadcast(1f));

        /// <summary>The form of one patch; <paramref name="tail"/> is 1 in the lanes that the last, partial register uses.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TargetForm<V> Of<S>(float* target, int values, V tail) where S : struct, ISimd<V>
        {
            var sum = S.Zero;
            var v = 0;
            for (; v <= values - S.Lanes; v += S.Lanes)
                sum = S.Add(sum, S.Load(target + v));
            if (v < values)
                sum = S.Add(sum, S.LoadPartial(target + v, values - v));
            var mean = S.Broadcast(S.Sum(sum) / values);

            var first = S.Zero;
            var second = S.Zero;
            for (v = 0; v <= values - S.Lanes; v += S.Lanes)
            {
                var deviation = S.Subtract(S.Load(target + v), mean);
                first = S.Add(first, deviation);
                second = S.FusedMultiplyAdd(deviation, deviation, second);
            }

            if (v < values)
            {
                var deviation = S.Multiply(S.Subtract(S.LoadPartial(target + v, values - v), mean), tail);
                first = S.Add(first, deviation);
                second = S.FusedMultiplyAdd(deviation, deviation, second);
            }

            var remainder = S.Sum(first) / values;
            var variance = MathF.Max(0f, (S.Sum(second) - values * remainder * remainder) / (values - 1));
            return new TargetForm<V>(mean, S.Broadcast(remainder), S.Broadcast(1f / MathF.Sqrt(variance + VarianceFloor)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<S>(V target) where S : struct, ISimd<V> =>
            S.Multiply(S.Subtract(S.Subtract(target, _mean), _remainder), Rstd);
    }
}
