using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class LayerNorm
{
    private static void ForwardOnHost(
        HostDevice host,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> bias,
        int rows,
        int channels,
        float epsilon,
        DeviceSpan<float> y,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd)
    {
        var rowsPerTask = Math.Max(1, ElementGrain.Elements / channels);
        host.For(
            SimdLoop.Tasks(rows, rowsPerTask),
            new Normalisation(x.Host, weight.Host, bias.Host, rows, channels, rowsPerTask, epsilon, y.Host, mean.Host, rstd.Host));
    }

    private static void BackwardOnHost(
        HostDevice host,
        DeviceSpan<float> dY,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd,
        int rows,
        int channels,
        DeviceSpan<float> dResidual,
        DeviceSpan<float> dX,
        DeviceSpan<float> dWeight,
        DeviceSpan<float> dBias)
    {
        // A chunk of rows has its own sums for dWeight and dBias. At least 32 rows make that traffic small beside the rows' own;
        // at most 256 chunks bound the scratch memory and the final addition.
        var rowsPerChunk = Math.Max(Math.Max(32, ElementGrain.Elements / channels), (rows + 255) / 256);
        var chunks = SimdLoop.Tasks(rows, rowsPerChunk);
        var sums = dWeight.IsEmpty ? null : LaneScratch.Floats(ScratchSlot.Reduction, 2L * chunks * channels);
        host.For(chunks, new Gradients(
            dY.Host, x.Host, weight.Host, mean.Host, rstd.Host, rows, channels, rowsPerChunk, dResidual.Host, dX.Host, sums));
        if (sums is not null)
            host.For(SimdLoop.Tasks(channels, ChunkTotals.Grain), new ChunkTotals(sums, chunks, channels, dWeight.Host, dBias.Host));
    }

    private readonly struct Normalisation(
        float* x, float* weight, float* bias, int rows, int channels, int rowsPerTask, float epsilon, float* y, float* mean, float* rstd)
        : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(rows, (long)to * rowsPerTask);
            for (var row = from * rowsPerTask; row < end; row++)
            {
                var source = x + (long)row * channels;
                var average = RowSum<S, V>(source) / channels;
                var scale = 1f / MathF.Sqrt(RowSumOfSquares<S, V>(source, average) / channels + epsilon);
                mean[row] = average;
                rstd[row] = scale;
                WriteRow<S, V>(source, average, scale, y + (long)row * channels);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float RowSum<S, V>(float* source) where S : struct, ISimd<V> where V : unmanaged
        {
            V a = S.Zero, b = S.Zero, c = S.Zero, d = S.Zero;
            var i = 0;
            for (; i + 4 * S.Lanes <= channels; i += 4 * S.Lanes)
            {
                a = S.Add(a, S.Load(source + i));
                b = S.Add(b, S.Load(source + i + S.Lanes));
                c = S.Add(c, S.Load(source + i + 2 * S.Lanes));
                d = S.Add(d, S.Load(source + i + 3 * S.Lanes));
            }

            for (; i + S.Lanes <= channels; i += S.Lanes)
                a = S.Add(a, S.Load(source + i));
            if (i < channels)
                b = S.Add(b, S.LoadPartial(source + i, channels - i));
            return S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
        }

        /// <summary>Σ (x − centre)².</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float RowSumOfSquares<S, V>(float* source, float centre) where S : struct, ISimd<V> where V : unmanaged
        {
            var m = S.Broadcast(centre);
            V a = S.Zero, b = S.Zero, c = S.Zero, d = S.Zero;
            var i = 0;
            for (; i + 4 * S.Lanes <= channels; i += 4 * S.Lanes)
            {
                var e = S.Subtract(S.Load(source + i), m);
                var f = S.Subtract(S.Load(source + i + S.Lanes), m);
                var g = S.Subtract(S.Load(source + i + 2 * S.Lanes), m);
                var h = S.Subtract(S.Load(source + i + 3 * S.Lanes), m);
                a = S.FusedMultiplyAdd(e, e, a);
                b = S.FusedMultiplyAdd(f, f, b);
                c = S.FusedMultiplyAdd(g, g, c);
                d = S.FusedMultiplyAdd(h, h, d);
            }

            for (; i + S.Lanes <= channels; i += S.Lanes)
            {
                var e = S.Subtract(S.Load(source + i), m);
                a = S.FusedMultiplyAdd(e, e, a);
            }

            if (i < channels)
            {
                // The missing lanes hold 0, not the mean, and would count: they are cleared after the subtraction.
                var e = S.Subtract(S.LoadPartial(source + i, channels - i), m);
                e = LaneSelect.First<S, V>(channels - i, e, S.Zero);
                b = S.FusedMultiplyAdd(e, e, b);
            }

            return S.Sum(S.Add(S.Add(a, b), S.Add(c, d)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void WriteRow<S, V>(float* source, float average, float scale, float* destination) where S : struct, ISimd<V> where V : unmanaged
        {
            // Locals, as the compiler must assume that a store changes the fields.
            float* w = weight, b = bias;
            var end = channels;
            var m = S.Broadcast(average);
            var r = S.Broadcast(scale);
            var i = 0;
            for (; i + S.Lanes <= end; i += S.Lanes)
            {
                var n = S.Multiply(S.Subtract(S.Load(source + i), m), r);
                S.Store(destination + i, S.FusedMultiplyAdd(n, S.Load(w + i), S.Load(b + i)));
            }

            var left = end - i;
            if (left > 0)
            {
                var n = S.Multiply(S.Subtract(S.LoadPartial(source + i, left), m), r);
                S.StorePartial(destination + i, S.FusedMultiplyAdd(n, S.LoadPartial(w + i, left), S.LoadPartial(b + i, left)), left);
            }
        }
    }

    /// <summary>A task is a chunk of rows; its sums for dWeight and dBias lie at 2 · channels · task.</summary>
    private readonly struct Gradients(
        float* dY, float* x, float* weight, float* mean, float* rstd, int rows, int channels, int rowsPerChunk, float* dResidual, float* dX,
        float* sums) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var chunk = from; chunk < to; chunk++)
            {
                var chunkSums = sums + 2L * channels * chunk;
                if (sums is not null)
                    new Span<float>(chunkSums, 2 * channels).Clear();
                var end = (int)Math.Min(rows, (chunk + 1L) * rowsPerChunk);
                for (var row = chunk * rowsPerChunk; row < end; row++)
                {
                    var at = (long)row * channels;
                    if (sums is not null)
                        AddParameters<S, V>(dY + at, x + at, mean[row], rstd[row], chunkSums);
                    WriteRow<S, V>(dY + at, x + at, mean[row], rstd[row], dResidual is null ? null : dResidual + at, dX + at);
                }
            }
        }

        /// <summary>Adds dY ∘ n and dY to the chunk's sums.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void AddParameters<S, V>(float* rowDy, float* rowX, float average, float scale, float* chunkSums)
            where S : struct, ISimd<V> where V : unmanaged
        {
            var m = S.Broadcast(average);
            var r = S.Broadcast(scale);
            var end = channels;
            var biasSums = chunkSums + end;
            var i = 0;
            for (; i + S.Lanes <= end; i += S.Lanes)
            {
                var g = S.Load(rowDy + i);
                var n = S.Multiply(S.Subtract(S.Load(rowX + i), m), r);
                S.Store(chunkSums + i, S.FusedMultiplyAdd(g, n, S.Load(chunkSums + i)));
                S.Store(biasSums + i, S.Add(g, S.Load(biasSums + i)));
            }

            var left = end - i;
            if (left > 0)
            {
                var g = S.LoadPartial(rowDy + i, left);
                var n = S.Multiply(S.Subtract(S.LoadPartial(rowX + i, left), m), r);
                S.StorePartial(chunkSums + i, S.FusedMultiplyAdd(g, n, S.LoadPartial(chunkSums + i, left)), left);
                S.StorePartial(biasSums + i, S.Add(g, S.LoadPartial(biasSums + i, left)), left);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void WriteRow<S, V>(float* rowDy, float* rowX, float average, float scale, float* residual, float* destination)
            where S : struct, ISimd<V> where V : unmanaged
        {
            var w = weight;
            var end = channels;
            var m = S.Broadcast(average);
            var r = S.Broadcast(scale);
            V sumA = S.Zero, sumB = S.Zero, dotA = S.Zero, dotB = S.Zero;
            var i = 0;
            for (; i + 2 * S.Lanes <= end; i += 2 * S.Lanes)
            {
                var g = S.Multiply(S.Load(rowDy + i), S.Load(w + i));
                var h = S.Multiply(S.Load(rowDy + i + S.Lanes), S.Load(w + i + S.Lanes));
                sumA = S.Add(sumA, g);
                sumB = S.Add(sumB, h);
                dotA = S.FusedMultiplyAdd(g, S.Subtract(S.Load(rowX + i), m), dotA);
                dotB = S.FusedMultiplyAdd(h, S.Subtract(S.Load(rowX + i + S.Lanes), m), dotB);
            }

            for (; i < end; i += S.Lanes)
            {
                // g is 0 in missing lanes, so they add nothing to either sum.
                var left = Math.Min(S.Lanes, end - i);
                var g = S.Multiply(S.LoadPartial(rowDy + i, left), S.LoadPartial(w + i, left));
                sumA = S.Add(sumA, g);
                dotA = S.FusedMultiplyAdd(g, S.Subtract(S.LoadPartial(rowX + i, left), m), dotA);
            }

            // dX = rstd·g + (x − mean)·slope − offset
            var offset = S.Broadcast(scale * S.Sum(S.Add(sumA, sumB)) / channels);
            var slope = S.Broadcast(-scale * scale * scale * S.Sum(S.Add(dotA, dotB)) / channels);
            for (i = 0; i + S.Lanes <= end; i += S.Lanes)
            {
                var d = Element<S, V>(
                    S.Multiply(S.Load(rowDy + i), S.Load(w + i)), S.Subtract(S.Load(rowX + i), m), r, slope, offset);
                S.Store(destination + i, residual is null ? d : S.Add(d, S.Load(residual + i)));
            }

            if (i < end)
            {
                var left = end - i;
                var d = Element<S, V>(
                    S.Multiply(S.LoadPartial(rowDy + i, left), S.LoadPartial(w + i, left)),
                    S.Subtract(S.LoadPartial(rowX + i, left), m), r, slope, offset);
                S.StorePartial(destination + i, residual is null ? d : S.Add(d, S.LoadPartial(residual + i, left)), left);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Element<S, V>(V g, V centred, V r, V slope, V offset) where S : struct, ISimd<V> where V : unmanaged =>
            S.FusedMultiplyAdd(centred, slope, S.Subtract(S.Multiply(g, r), offset));
    }

    /// <summary>Adds the chunks' sums, in the order of the chunks, to dWeight and dBias. A task is a run of channels.</summary>
    private readonly struct ChunkTotals(float* sums, int chunks, int channels, float* dWeight, float* dBias) : ISimdKernel
    {
        public const int Grain = 128;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var end = (int)Math.Min(channels, (long)to * Grain);
            for (var i = from * Grain; i < end; i += S.Lanes)
            {
                var left = Math.Min(S.Lanes, end - i);
                V w = S.Zero, b = S.Zero;
                for (var chunk = 0; chunk < chunks; chunk++)
                {
                    var at = sums + 2L * channels * chunk + i;
                    w = S.Add(w, S.LoadPartial(at, left));
                    b = S.Add(b, S.LoadPartial(at + channels, left));
                }

                S.StorePartial(dWeight + i, S.Add(S.LoadPartial(dWeight + i, left), w), left);
                S.StorePartial(dBias + i, S.Add(S.LoadPartial(dBias + i, left), b), left);
            }
        }
    }
}
