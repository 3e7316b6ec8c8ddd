using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class AdamW
{
    private const int Grain = 16384; // elements a task; a task never spans two segments
    private const int Block = 512; // elements that are summed over all gradient arrays at once, into the first-level cache

    private static bool StepOnHost(
        HostDevice host, DeviceSpan<float> parameters, ReadOnlySpan<DeviceSpan<float>> gradients, DeviceSpan<float> firstMoments,
        DeviceSpan<float> secondMoments, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        var shards = stackalloc float*[MostGradients];
        for (var i = 0; i < gradients.Length; i++)
            shards[i] = gradients[i].Host;
        var tasks = 0;
        foreach (ref readonly var segment in segments)
            tasks += SimdLoop.Tasks(segment.Count, Grain);
        var finite = 1;
        fixed (AdamWSegment* first = segments)
        {
            host.For(
                tasks,
                new StepKernel(
                    parameters.Host, shards, gradients.Length, firstMoments.Host, secondMoments.Host, first, new(settings), &finite));
        }

        return finite == 1;
    }

    /// <summary>The settings with their bias corrections.</summary>
    private readonly struct StepFactors(in AdamWSettings settings)
    {
        public readonly float Rate = settings.Rate;
        public readonly float CorrectedRate = (float)(settings.Rate / (1 - Math.Pow(settings.Beta1, settings.StepNumber)));
        public readonly float RootScale = (float)(1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, settings.StepNumber)));
        public readonly float Beta1 = settings.Beta1;
        public readonly float Beta2 = settings.Beta2;
        public readonly float Rest1 = (float)(1 - (double)settings.Beta1);
        public readonly float Rest2 = (float)(1 - (double)settings.Beta2);
        public readonly float Epsilon = settings.Epsilon;
        public readonly float GradientScale = settings.GradientScale;
    }

    private readonly struct StepKernel(
        float* parameters, float** shards, int shardCount, float* firstMoments, float* secondMoments, AdamWSegment* segments,
        StepFactors factors, int* finite)
        : ISimdKernel
    {
        private readonly StepFactors _factors = factors;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var sums = LaneScratch.Floats(ScratchSlot.ReductionBlock, Block);
            var segment = segments;
            var firstTask = 0; // of the segment
            for (var task = from; task < to; task++)
            {
                var tasks = SimdLoop.Tasks(segment->Count, Grain);
                while (task >= firstTask + tasks)
                {
                    firstTask += tasks;
                    segment++;
                    tasks = SimdLoop.Tasks(segment->Count, Grain);
                }

                var first = (long)(task - firstTask) * Grain;
                var end = segment->Offset + Math.Min(first + Grain, segment->Count);
                for (var start = segment->Offset + first; start < end; start += Block)
                {
                    var count = (int)Math.Min(Block, end - start);
                    Take<S, V>(shards[0] + start, sums, count, isFirst: true);
                    for (var shard = 1; shard < shardCount; shard++)
                        Take<S, V>(shards[shard] + start, sums, count, isFirst: false);
                    Update<S, V>(*segment, start, sums, count);
                }
            }
        }

        /// <summary>Adds a run of a gradient array to the sums, which start with the first one's, and leaves zeros there.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Take<S, V>(float* gradient, float* sums, int count, bool isFirst) where S : struct, ISimd<V> where V : unmanaged
        {
            var i = 0;
            for (; i <= count - S.Lanes; i += S.Lanes)
            {
                var g = S.Load(gradient + i);
                S.Store(sums + i, isFirst ? g : S.Add(S.Load(sums + i), g));
                S.Store(gradient + i, S.Zero);
            }

            if (i < count)
            {
                var rest = count - i;
                var g = S.LoadPartial(gradient + i, rest);
                S.StorePartial(sums + i, isFirst ? g : S.Add(S.LoadPartial(sums + i, rest), g), rest);
                S.StorePartial(gradient + i, S.Zero, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Update<S, V>(in AdamWSegment segment, long start, float* g, int count) where S : struct, ISimd<V> where V : unmanaged
        {
            var step = new Registers<S, V>(segment, _factors);
            float* w = parameters + start, m = firstMoments + start, v = secondMoments + start;
            var guard = S.Zero; // v·0 is 0 for finite v and NaN for the others
            var i = 0;
            for (; i <= count - S.Lanes; i += S.Lanes)
            {
                var (first, second) = (S.Load(m + i), S.Load(v + i));
                var next = step.Advance(S.Load(w + i), S.Load(g + i), ref first, ref second);
                guard = S.FusedMultiplyAdd(second, S.Zero, guard);
                S.Store(m + i, first);
                S.Store(v + i, second);
                S.Store(w + i, next);
            }

            if (i < count)
            {
                var rest = count - i;
                var (first, second) = (S.LoadPartial(m + i, rest), S.LoadPartial(v + i, rest));
                var next = step.Advance(S.LoadPartial(w + i, rest), S.LoadPartial(g + i, rest), ref first, ref second);
                guard = S.FusedMultiplyAdd(second, S.Zero, guard);
                S.StorePartial(m + i, first, rest);
                S.StorePartial(v + i, second, rest);
                S.StorePartial(w + i, next, rest);
            }

            if (!(S.Sum(guard) == 0f))
                Volatile.Write(ref *finite, 0);
        }
    }

    /// <summary>The factors of one segment, in registers.</summary>
    private readonly struct Registers<S, V>(in AdamWSegment segment, in StepFactors factors) where S : struct, ISimd<V> where V : unmanaged
    {
        private readonly V _decay = S.Broadcast(-factors.Rate * segment.RateScale * segment.WeightDecay);
        private readonly V _rate = S.Broadcast(-factors.CorrectedRate * segment.RateScale);
        private readonly V _rootScale = S.Broadcast(factors.RootScale);
        private readonly V _beta1 = S.Broadcast(factors.Beta1);
        private readonly V _beta2 = S.Broadcast(factors.Beta2);
        private readonly V _rest1 = S.Broadcast(factors.Rest1);
        private readonly V _rest2 = S.Broadcast(factors.Rest2);
        private readonly V _epsilon = S.Broadcast(factors.Epsilon);
        private readonly V _gradientScale = S.Broadcast(factors.GradientScale);

        /// <summary>Moves the moments in place and returns the new parameters.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Advance(V w, V gradient, ref V first, ref V second)
        {
            var g = S.Multiply(gradient, _gradientScale);
            first = S.FusedMultiplyAdd(first, _beta1, S.Multiply(g, _rest1));
            second = S.FusedMultiplyAdd(second, _beta2, S.Multiply(S.Multiply(g, g), _rest2));
            var root = S.FusedMultiplyAdd(S.Sqrt(second), _rootScale, _epsilon);
            return S.FusedMultiplyAdd(_rate, S.Divide(first, root), S.FusedMultiplyAdd(_decay, w, w));
        }
    }
}
