using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class MartLoss
{
    private const int LogitsPerTask = 2048;

    private static void RunOnHost(HostDevice host, string entry, in Rows rows)
    {
        CrossEntropy.RequireLabelsInRange(entry, rows.Labels.Host, rows.Batch, rows.Classes);
        var grain = Math.Max(1, LogitsPerTask / rows.Classes);
        host.For(SimdLoop.Tasks(rows.Batch, grain), new RowKernel
        {
            Adversarial = rows.Adversarial.Host,
            Natural = rows.Natural.Host,
            Labels = rows.Labels.Host,
            Batch = rows.Batch,
            Classes = rows.Classes,
            Grain = grain,
            Beta = rows.Beta,
            Scale = rows.Scale,
            Losses = rows.Losses.Host,
            DAdversarial = rows.DAdversarial.Host,
            DNatural = rows.DNatural.Host,
        });
    }

    private struct RowKernel : ISimdKernel
    {
        public float* Adversarial;
        public float* Natural;
        public int* Labels;
        public int Batch;
        public int Classes;
        public int Grain;
        public float Beta;
        public float Scale;
        public float* Losses; // null: the gradients are wanted
        public float* DAdversarial;
        public float* DNatural;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(Batch, (long)to * Grain);
            for (var b = from * Grain; b < end; b++)
            {
                float* a = Adversarial + (long)b * Classes, n = Natural + (long)b * Classes;
                var label = Labels[b];
                var ranking = LogitRanking.Of(a, Classes);
                var rival = ranking.First == label ? ranking.Second : ranking.First;
                var p = Softmax.Of<S, V>(a, Classes, rival);
                var q = Softmax.Of<S, V>(n, Classes, label);

                // Σ q (log q − log(p + 1e-12)), and Σ q p / (p + 1e-12), which is 1 but for classes that p rules out.
                V divergence = S.Zero, kept = S.Zero;
                for (var i = 0; i < Classes; i += S.Lanes)
                {
                    var left = Classes - i;
                    V pShare = p.Shares<S, V>(a + i, left), qShare = q.Shares<S, V>(n + i, left);
                    var floored = S.Add(pShare, S.Broadcast(Floor));
                    divergence = S.Add(divergence, Weighted<S, V>(qShare, LogRatio<S, V>(n + i, left, q, floored)));
                    kept = S.FusedMultiplyAdd(qShare, S.Divide(pShare, floored), kept);
                }

                var value = S.Sum(divergence);
                var wrong = WrongMargin + p.Others; // 1.0001 − p_k
                var trust = Beta * (TrustMargin + q.Others); // β (1.0000001 − q_y)
                if (Losses is not null)
                    Losses[b] = (float)(p.LogSum - ((double)a[label] - p.Max) - Math.Log(wrong) + (double)trust * value);
                else
                    Gradients<S, V>(b, rival, p, q, value, S.Sum(kept), wrong, trust);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Gradients<S, V>(
            int b, int rival, in Softmax p, in Softmax q, float value, float kept, float wrong, float trust)
            where S : struct, ISimd<V> where V : unmanaged
        {
            float* a = Adversarial + (long)b * Classes, n = Natural + (long)b * Classes;
            float* dA = DAdversarial + (long)b * Classes, dN = DNatural + (long)b * Classes;
            var label = Labels[b];
            var pull = p.Chosen / wrong; // of −log(1.0001 − p_k), in p_k
            var known = Beta * value * q.Chosen; // of the weight 1.0000001 − q_y, in q_y
            V slope = S.Broadcast(1 - pull + trust * kept), weight = S.Broadcast(trust), mean = S.Broadcast(value);
            for (var i = 0; i < Classes; i += S.Lanes)
            {
                var left = Classes - i;
                var lanes = Math.Min(S.Lanes, left);
                V pShare = p.Shares<S, V>(a + i, left), qShare = q.Shares<S, V>(n + i, left);
                var floored = S.Add(pShare, S.Broadcast(Floor));
                var agreed = S.Multiply(S.Multiply(weight, qShare), S.Divide(pShare, floored));
                S.StorePartial(dA + i, S.Multiply(S.Broadcast(Scale), S.Subtract(S.Multiply(pShare, slope), agreed)), lanes);

                var above = S.Multiply(weight, S.Subtract(LogRatio<S, V>(n + i, left, q, floored), mean));
                var d = Weighted<S, V>(qShare, S.Add(above, S.Broadcast(known)));
                S.StorePartial(dN + i, S.Multiply(S.Broadcast(Scale), d), lanes);
            }

            // The chosen classes once more, by what is left to 1: −p_k·pull in the slope becomes (1 − p_k)·pull, q_y − 1 in the weight's share
            // is what the others have.
            var (pOwn, qOwn) = (p.Chosen, Share(n[rival], q));
            var ownAgreed = trust * qOwn * (pOwn / (pOwn + Floor));
            dA[rival] = Scale * (pOwn * (1 + trust * kept) + p.Others * pull - ownAgreed);
            dA[label] -= Scale;
            if (q.Chosen > 0) // else its gradient is 0 or NaN already
            {
                var ratio = (float)(n[label] - q.Max - q.LogSum - Math.Log(Share(a[label], p) + Floor));
                dN[label] = Scale * (trust * q.Chosen * (ratio - value) - known * q.Others);
            }
        }

        private static float Share(float logit, in Softmax row) => MathF.Exp(logit - row.Max) * row.PerSum;

        // log q − log(p + 1e-12)
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V LogRatio<S, V>(float* natural, int left, in Softmax q, V floored) where S : struct, ISimd<V> where V : unmanaged
        {
            var logit = S.LoadPartial(natural, Math.Min(S.Lanes, left));
            var log = S.Subtract(S.Subtract(logit, S.Broadcast(q.Max)), S.Broadcast(q.LogSum));
            return S.Subtract(log, VectorMath.Log<S, V>(floored));
        }

        // A share of 0 wipes an infinite factor out; NaN stays.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Weighted<S, V>(V share, V factor) where S : struct, ISimd<V> where V : unmanaged =>
            S.SelectLess(S.Zero, share, S.Multiply(share, factor), share);
    }

    /// <summary>What is known of a row's softmax, and of one chosen class in it.</summary>
    private readonly struct Softmax(float max, float chosen, float others)
    {
        public float Max { get; } = max;

        public float PerSum { get; } = 1 / (chosen + others);

        public float LogSum { get; } = (float)Math.Log((double)chosen + others);

        /// <summary>The chosen class's probability.</summary>
        public float Chosen { get; } = chosen / (chosen + others);

        /// <summary>That of all others together.</summary>
        public float Others { get; } = others / (chosen + others);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Softmax Of<S, V>(float* row, int classes, int chosen) where S : struct, ISimd<V> where V : unmanaged
        {
            var max = SoftmaxRow.Max<S, V>(row, classes);
            var before = SoftmaxRow.SumOfExponentials<S, V>(row, chosen, max);
            var behind = SoftmaxRow.SumOfExponentials<S, V>(row + chosen + 1, classes - chosen - 1, max);
            return new Softmax(max, MathF.Exp(row[chosen] - max), before + behind);
        }

        /// <summary>Probabilities of the next classes, 0 in missing lanes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Shares<S, V>(float* row, int left) where S : struct, ISimd<V> where V : unmanaged =>
            S.Multiply(SoftmaxRow.Exponential<S, V>(row, left, S.Broadcast(Max)), S.Broadcast(PerSum));
    }
}
