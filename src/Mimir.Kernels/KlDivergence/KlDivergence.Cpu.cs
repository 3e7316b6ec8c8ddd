using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class KlDivergence
{
    private const int LogitsPerTask = 2048;

    private static void RunOnHost(HostDevice host, in Rows rows)
    {
        var grain = Math.Max(1, LogitsPerTask / rows.Classes);
        host.For(SimdLoop.Tasks(rows.Batch, grain), new RowKernel
        {
            P = rows.P.Host,
            Q = rows.Q.Host,
            Batch = rows.Batch,
            Classes = rows.Classes,
            Grain = grain,
            Scale = rows.Scale,
            Losses = rows.Losses.Host,
            DP = rows.DP.Host,
            DQ = rows.DQ.Host,
        });
    }

    private struct RowKernel : ISimdKernel
    {
        public float* P;
        public float* Q;
        public int Batch;
        public int Classes;
        public int Grain;
        public float Scale;
        public float* Losses; // null: not wanted
        public float* DP; // null: not wanted
        public float* DQ; // null: not wanted

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(Batch, (long)to * Grain);
            for (var b = from * Grain; b < end; b++)
            {
                float* p = P + (long)b * Classes, q = Q + (long)b * Classes;
                float maxP = SoftmaxRow.Max<S, V>(p, Classes), maxQ = SoftmaxRow.Max<S, V>(q, Classes);
                var sumP = SoftmaxRow.SumOfExponentials<S, V>(p, Classes, maxP);
                var sumQ = SoftmaxRow.SumOfExponentials<S, V>(q, Classes, maxQ);

                // log p_c − log q_c = (p's logit − q's logit) − shift: near logits, as at the start of an attack, lose nothing.
                var shift = S.Broadcast((float)((double)maxP - maxQ + Math.Log((double)sumP / sumQ)));
                V mP = S.Broadcast(maxP), mQ = S.Broadcast(maxQ), perP = S.Broadcast(1 / sumP), perQ = S.Broadcast(1 / sumQ);
                var value = 0f;
                if (Losses is not null || DP is not null)
                {
                    var sum = S.Zero;
                    for (var i = 0; i < Classes; i += S.Lanes)
                    {
                        var share = S.Multiply(SoftmaxRow.Exponential<S, V>(p + i, Classes - i, mP), perP);
                        sum = S.Add(sum, Weighted<S, V>(share, LogRatio<S, V>(p + i, q + i, Classes - i, shift)));
                    }

                    value = S.Sum(sum);
                }

                if (Losses is not null)
                    Losses[b] = value;
                if (DP is null && DQ is null)
                    continue;
                V scale = S.Broadcast(Scale), mean = S.Broadcast(value);
                for (var i = 0; i < Classes; i += S.Lanes)
                {
                    var left = Math.Min(S.Lanes, Classes - i);
                    var share = S.Multiply(SoftmaxRow.Exponential<S, V>(p + i, Classes - i, mP), perP);
                    if (DP is not null)
                    {
                        var above = S.Subtract(LogRatio<S, V>(p + i, q + i, Classes - i, shift), mean);
                        S.StorePartial(DP + (long)b * Classes + i, S.Multiply(scale, Weighted<S, V>(share, above)), left);
                    }

                    if (DQ is not null)
                    {
                        var other = S.Multiply(SoftmaxRow.Exponential<S, V>(q + i, Classes - i, mQ), perQ);
                        S.StorePartial(DQ + (long)b * Classes + i, S.Multiply(scale, S.Subtract(other, share)), left);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V LogRatio<S, V>(float* p, float* q, int left, V shift) where S : struct, ISimd<V> where V : unmanaged
        {
            var lanes = Math.Min(S.Lanes, left);
            return S.Subtract(S.Subtract(S.LoadPartial(p, lanes), S.LoadPartial(q, lanes)), shift);
        }

        // A share of 0 wipes an infinite ratio out; NaN stays.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Weighted<S, V>(V share, V ratio) where S : struct, ISimd<V> where V : unmanaged =>
            S.SelectLess(S.Zero, share, S.Multiply(share, ratio), share);
    }
}
