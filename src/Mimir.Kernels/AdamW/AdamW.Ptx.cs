using System.Buffers;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class AdamW
{
    private const int Chunk = 4096; // elements a block; a block never spans two segments

    private static readonly PtxKernel s_step = new("adamw", "adamw_step_f32");

    private static bool StepOnPtx(
        PtxDevice gpu, DeviceSpan<float> parameters, ReadOnlySpan<DeviceSpan<float>> gradients, DeviceSpan<float> firstMoments,
        DeviceSpan<float> secondMoments, ReadOnlySpan<AdamWSegment> segments, in AdamWSettings settings)
    {
        var infinite = gpu.Scratch<int>(PtxScratchSlot.Results, 1);
        infinite.Clear();
        var table = Table(gpu, segments, out var chunks);
        var factors = new StepFactors(settings);
        var arguments = new KernelArguments().Add(parameters);
        for (var i = 0; i < MostGradients; i++)
            arguments.Add(i < gradients.Length ? gradients[i] : default);
        arguments.Add(gradients.Length).Add(firstMoments).Add(secondMoments).Add(table).Add(segments.Length)
            .Add(factors.Rate).Add(factors.CorrectedRate).Add(factors.RootScale)
            .Add(factors.Beta1).Add(factors.Rest1).Add(factors.Beta2).Add(factors.Rest2)
            .Add(factors.Epsilon).Add(factors.GradientScale).Add(infinite);
        gpu.Launch(s_step, new Dim3(chunks), GridStride.Block, 0, arguments);
        Span<int> seen = stackalloc int[1];
        infinite.CopyTo(seen);
        return seen[0] == 0;
    }

    /// <summary>Uploads the segments with the numbers of their first chunks.</summary>
    private static DeviceSpan<TableEntry> Table(PtxDevice gpu, ReadOnlySpan<AdamWSegment> segments, out int chunks)
    {
        var table = gpu.Scratch<TableEntry>(PtxScratchSlot.Table, segments.Length);
        var entries = ArrayPool<TableEntry>.Shared.Rent(segments.Length);
        chunks = 0;
        for (var i = 0; i < segments.Length; i++)
        {
            var (offset, count, rateScale, weightDecay) = segments[i];
            entries[i] = new TableEntry(offset, count, chunks, rateScale, weightDecay);
            chunks = checked(chunks + (int)((count + Chunk - 1) / Chunk));
        }

        table.CopyFrom(entries.AsSpan(0, segments.Length));
        ArrayPool<TableEntry>.Shared.Return(entries);
        return table;
    }

    /// <summary>A segment as the kernel reads it: 32 bytes.</summary>
    private readonly record struct TableEntry(
        long Offset, long Count, int FirstChunk, float RateScale, float WeightDecay, int Padding = 0);
}
