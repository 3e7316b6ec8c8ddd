using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class MarginLoss
{
    private const int LogitsPerTask = 4096;

    private static void RunOnHost(
        HostDevice host, string entry, in Samples samples, float scale, DeviceSpan<float> losses, DeviceSpan<float> dLogits)
    {
        CrossEntropy.RequireLabelsInRange(entry, samples.Labels.Host, samples.Batch, samples.Classes);
        if (samples.Form.IsTargeted())
            CrossEntropy.RequireLabelsInRange(entry, samples.Targets.Host, samples.Batch, samples.Classes);
        var grain = Math.Max(1, LogitsPerTask / samples.Classes);
        host.For(SimdLoop.Tasks(samples.Batch, grain), new Rows
        {
            Form = samples.Form,
            Logits = samples.Logits.Host,
            Labels = samples.Labels.Host,
            Targets = samples.Targets.Host,
            Batch = samples.Batch,
            Classes = samples.Classes,
            Grain = grain,
            Floor = samples.Floor,
            Scale = scale,
            Losses = losses.Host,
            Gradients = dLogits.Host,
        });
    }

    // A row is a dozen comparisons a class, of which a vector form would save little beside the model that made it.
    private struct Rows : ISimdKernel
    {
        public MarginForm Form;
        public float* Logits;
        public int* Labels;
        public int* Targets;
        public int Batch;
        public int Classes;
        public int Grain;
        public float Floor;
        public float Scale;
        public float* Losses; // null: not wanted
        public float* Gradients; // null: not wanted

        public readonly void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(Batch, (long)to * Grain);
            for (var b = from * Grain; b < end; b++)
                Row(b);
        }

        private readonly void Row(int sample)
        {
            var row = Logits + (long)sample * Classes;
            var ranking = LogitRanking.Of(row, Classes);
            var label = Labels[sample];
            var other = Form.IsTargeted() ? Targets[sample]
                : ranking.First == label ? ranking.Second
                : ranking.First;

            // The third and fourth logit's share of the denominator: half each towards a target, else the third's alone.
            var (thirdShare, fourthShare) = Form == MarginForm.TargetedDlr ? (0.5f, 0.5f) : (1f, 0f);
            var denominator = Form switch
            {
                MarginForm.Margin or MarginForm.Difference => 1f,
                MarginForm.Dlr => row[ranking.First] - row[ranking.Third] + 1e-12f,
                _ => row[ranking.First] - 0.5f * (row[ranking.Third] + row[ranking.Fourth]) + 1e-12f,
            };
            var loss = (row[other] - row[label]) / denominator;
            if (Losses is not null)
                Losses[sample] = ranking.HasNaN ? float.NaN : loss < Floor ? Floor : loss;
            if (Gradients is null)
                return;

            var direct = loss < Floor ? 0f : Scale / denominator;
            var throughRatio = Form is MarginForm.Margin or MarginForm.Difference || loss < Floor ? 0f : direct * loss;
            var start = ranking.HasNaN ? float.NaN : 0f;
            for (var c = 0; c < Classes; c++)
            {
                var gradient = start;
                if (c == label)
                    gradient -= direct;
                if (c == other)
                    gradient += direct;
                if (c == ranking.First)
                    gradient -= throughRatio;
                if (c == ranking.Third)
                    gradient += thirdShare * throughRatio;
                if (c == ranking.Fourth)
                    gradient += fourthShare * throughRatio;
                Gradients[(long)sample * Classes + c] = gradient;
            }
        }
    }
}
