using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class CrossEntropy
{
    private const int LogitsPerTask = 4096;

    private static void ForwardOnHost(
        HostDevice host,
        string entry,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float labelSmoothing,
        DeviceSpan<float> losses)
    {
        RequireLabelsInRange(entry, labels.Host, batch, classes);
        var grain = SamplesPerTask(classes);
        host.For(
            SimdLoop.Tasks(batch, grain), new LabelLosses(logits.Host, labels.Host, batch, classes, grain, labelSmoothing, losses.Host));
    }

    private static void BackwardOnHost(
        HostDevice host,
        string entry,
        DeviceSpan<float> logits,
        DeviceSpan<int> labels,
        int batch,
        int classes,
        float labelSmoothing,
        float scale,
        DeviceSpan<float> dLogits)
    {
        RequireLabelsInRange(entry, labels.Host, batch, classes);
        var grain = SamplesPerTask(classes);
        host.For(
            SimdLoop.Tasks(batch, grain),
            new LabelGradients(logits.Host, labels.Host, batch, classes, grain, labelSmoothing, scale, dLogits.Host));
    }

    private static void ForwardSoftOnHost(
        HostDevice host, DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, DeviceSpan<float> losses)
    {
        var grain = SamplesPerTask(classes);
        host.For(SimdLoop.Tasks(batch, grain), new SoftLosses(logits.Host, targets.Host, batch, classes, grain, losses.Host));
    }

    private static void BackwardSoftOnHost(
        HostDevice host, DeviceSpan<float> logits, DeviceSpan<float> targets, int batch, int classes, float scale, DeviceSpan<float> dLogits)
    {
        var grain = SamplesPerTask(classes);
        host.For(SimdLoop.Tasks(batch, grain), new SoftGradients(logits.Host, targets.Host, batch, classes, grain, scale, dLogits.Host));
    }

    private static int SamplesPerTask(int classes) => Math.Max(1, LogitsPerTask / classes);

    internal static void RequireLabelsInRange(string entry, int* labels, int batch, int classes)
    {
        for (var i = 0; i < batch; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
                throw WrongLabel(entry, i, labels[i], classes);
        }
    }

    private readonly struct LabelLosses(
        float* logits, int* labels, int batch, int classes, int grain, float smoothing, float* losses) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(batch, (long)to * grain);
            for (var b = from * grain; b < end; b++)
            {
                var row = logits + (long)b * classes;
                var max = SoftmaxRow.Max<S, V>(row, classes);
                var logSum = Math.Log(SoftmaxRow.SumOfExponentials<S, V>(row, classes, max));
                var loss = (1 - smoothing) * (logSum - ((double)row[labels[b]] - max));
                if (smoothing > 0) // without smoothing an infinite loss of another class must not count, not even times 0
                    loss += smoothing * (logSum - SoftmaxRow.SumAbove<S, V>(row, classes, max) / classes);
                losses[b] = (float)loss;
            }
        }
    }

    private readonly struct LabelGradients(
        float* logits, int* labels, int batch, int classes, int grain, float smoothing, float scale, float* dLogits) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(batch, (long)to * grain);
            for (var b = from * grain; b < end; b++)
            {
                var destination = dLogits + (long)b * classes;
                var sum = SoftmaxRow.WriteExponentials<S, V>(logits + (long)b * classes, classes, destination);
                var factor = S.Broadcast(scale / sum);
                var share = S.Broadcast(-scale * smoothing / classes);
                for (var i = 0; i < classes; i += S.Lanes)
                {
                    var left = Math.Min(S.Lanes, classes - i);
                    var d = S.FusedMultiplyAdd(S.LoadPartial(destination + i, left), factor, share);
                    S.StorePartial(destination + i, d, left);
                }

                destination[labels[b]] -= scale * (1 - smoothing);
            }
        }
    }

    private readonly struct SoftLosses(float* logits, float* targets, int batch, int classes, int grain, float* losses) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(batch, (long)to * grain);
            for (var b = from * grain; b < end; b++)
            {
                var row = logits + (long)b * classes;
                var target = targets + (long)b * classes;
                var max = SoftmaxRow.Max<S, V>(row, classes);
                var logSum = (float)Math.Log(SoftmaxRow.SumOfExponentials<S, V>(row, classes, max));
                V m = S.Broadcast(max), l = S.Broadcast(logSum), loss = S.Zero;
                for (var i = 0; i < classes; i += S.Lanes)
                {
                    // Targets are 0 in missing lanes.
                    var left = Math.Min(S.Lanes, classes - i);
                    var minusLog = S.Subtract(l, S.Subtract(S.LoadPartial(row + i, left), m));
                    loss = S.FusedMultiplyAdd(S.LoadPartial(target + i, left), minusLog, loss);
                }

                losses[b] = S.Sum(loss);
            }
        }
    }

    private readonly struct SoftGradients(
        float* logits, float* targets, int batch, int classes, int grain, float scale, float* dLogits) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(batch, (long)to * grain);
            var minusScale = S.Broadcast(-scale);
            for (var b = from * grain; b < end; b++)
            {
                var destination = dLogits + (long)b * classes;
                var target = targets + (long)b * classes;
                var sum = SoftmaxRow.WriteExponentials<S, V>(logits + (long)b * classes, classes, destination);
                var mass = S.Zero;
                for (var i = 0; i < classes; i += S.Lanes)
                    mass = S.Add(mass, S.LoadPartial(target + i, Math.Min(S.Lanes, classes - i)));
                var factor = S.Broadcast(scale * S.Sum(mass) / sum);
                for (var i = 0; i < classes; i += S.Lanes)
                {
                    var left = Math.Min(S.Lanes, classes - i);
                    var t = S.Multiply(S.LoadPartial(target + i, left), minusScale);
                    S.StorePartial(destination + i, S.FusedMultiplyAdd(S.LoadPartial(destination + i, left), factor, t), left);
                }
            }
        }
    }
}
