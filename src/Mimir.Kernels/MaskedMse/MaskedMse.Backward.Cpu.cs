using System.Runtime.CompilerServices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class MaskedMse
{
    /// <summary>A task is one image. With g = −dPrediction, the gradient at t, the target's is rstd·((g − mean g) − t·Σ(g·t)/(V − 1)):
    /// the first mean is that of the patch, the last term its variance.</summary>
    private readonly struct BackwardKernel(
        float* prediction, float* target, float* mask, int patches, int values, bool normalise, float scale,
        float* dPrediction, float* dTarget) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var ones = stackalloc float[WidestRegister];
            new Span<float>(ones, WidestRegister).Fill(1f);
            var tail = S.LoadPartial(ones, values % S.Lanes);
            for (var b = from; b < to; b++)
            {
                var classRow = (patches + 1L) * b;
                new Span<float>(dPrediction + classRow * values, values).Clear();
                for (var l = 0; l < patches; l++)
                {
                    var row = (long)b * patches + l;
                    var p = (classRow + 1 + l) * values;
                    if (mask[row] == 0f)
                    {
                        new Span<float>(dPrediction + p, values).Clear();
                        if (dTarget is not null)
                            new Span<float>(dTarget + row * values, values).Clear();
                        continue;
                    }

                    var t = target + row * values;
                    var form = normalise ? TargetForm<V>.Of<S>(t, values, tail) : TargetForm<V>.Identity<S>();
                    var factor = S.Broadcast((float)(2.0 * scale * mask[row] / values));
                    var (sum, product) = Predict<S, V>(prediction + p, t, dPrediction + p, form, factor, tail);
                    if (dTarget is null)
                        continue;
                    if (normalise)
                        BackThroughForm<S, V>(t, dPrediction + p, dTarget + row * values, form, sum, product);
                    else
                        Negate<S, V>(dPrediction + p, dTarget + row * values);
                }
            }
        }

        /// <summary>Writes dPrediction = factor·(prediction − t); returns its sum and the sum of dPrediction·t over the patch.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private (float Sum, float Product) Predict<S, V>(
            float* predicted, float* t, float* gradient, in TargetForm<V> form, V factor, V tail)
            where S : struct, ISimd<V> where V : unmanaged
        {
            var sum = S.Zero;
            var product = S.Zero;
            var v = 0;
            for (; v <= values - S.Lanes; v += S.Lanes)
            {
                var aim = form.Apply<S>(S.Load(t + v));
                var slope = S.Multiply(factor, S.Subtract(S.Load(predicted + v), aim));
                S.Store(gradient + v, slope);
                sum = S.Add(sum, slope);
                product = S.FusedMultiplyAdd(slope, aim, product);
            }

            if (v < values)
            {
                var rest = values - v;
                var aim = S.Multiply(form.Apply<S>(S.LoadPartial(t + v, rest)), tail);
                var slope = S.Multiply(factor, S.Subtract(S.LoadPartial(predicted + v, rest), aim));
                S.StorePartial(gradient + v, slope, rest);
                sum = S.Add(sum, slope);
                product = S.FusedMultiplyAdd(slope, aim, product);
            }

            return (S.Sum(sum), S.Sum(product));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void BackThroughForm<S, V>(float* t, float* gradient, float* result, in TargetForm<V> form, float sum, float product)
            where S : struct, ISimd<V> where V : unmanaged
        {
            var mean = S.Broadcast(sum / values);
            var spread = S.Broadcast(product / (values - 1));
            var v = 0;
            for (; v <= values - S.Lanes; v += S.Lanes)
                S.Store(result + v, Slope<S, V>(S.Load(t + v), S.Load(gradient + v), form, mean, spread));
            if (v < values)
            {
                var rest = values - v;
                var slope = Slope<S, V>(S.LoadPartial(t + v, rest), S.LoadPartial(gradient + v, rest), form, mean, spread);
                S.StorePartial(result + v, slope, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Slope<S, V>(V t, V gradient, in TargetForm<V> form, V mean, V spread)
            where S : struct, ISimd<V> where V : unmanaged =>
            S.Multiply(form.Rstd, S.FusedMultiplyAdd(form.Apply<S>(t), spread, S.Subtract(mean, gradient)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Negate<S, V>(float* gradient, float* result) where S : struct, ISimd<V> where V : unmanaged
        {
            var v = 0;
            for (; v <= values - S.Lanes; v += S.Lanes)
                S.Store(result + v, S.Subtract(S.Zero, S.Load(gradient + v)));
            if (v < values)
                S.StorePartial(result + v, S.Subtract(S.Zero, S.LoadPartial(gradient + v, values - v)), values - v);
        }
    }
}
