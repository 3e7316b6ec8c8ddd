using System.Diagnostics;
using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Benchmarks;

/// <summary>Times the kernels around the transformer (patches, masks, losses, Gram matrices, attack steps, optimiser, random numbers)
/// at the sizes of ViT-Ti pre-training on CIFAR-10. The first lines give the copy bandwidth of the same run to compare with.</summary>
public static class ImageKernelsBenchmark
{
    private const int Batch = 128;
    private const int Channels = 3;
    private const int Side = 32;
    private const int Patch = 4;
    private const int Patches = 64;
    private const int Kept = 16;
    private const int Values = Channels * Patch * Patch;
    private const int Pixels = Channels * Side * Side;
    private const int Embed = 192;
    private const int DecoderEmbed = 128;
    private const int Parameters = 5_500_000;

    /// <summary>Prints one line a kernel: median milliseconds, GB/s and GFLOP/s by the counts that the kernel itself reports.</summary>
    /// <param name="args">Number of threads (default 1), then the SIMD width in bits (default the widest).</param>
    public static void Run(string[] args)
    {
        var threads = args.Length > 0 ? int.Parse(args[0]) : 1;
        using var host = new HostDevice(threads, args.Length > 1 ? (SimdWidth)int.Parse(args[1]) : null);
        var bench = new Bench(host);
        Console.WriteLine($"{host.Description}; batch {Batch}, {Side} x {Side} pixels, {Kept} of {Patches} patches kept");
        Console.WriteLine($"{"kernel",-46} {"ms",9} {"GB/s",8} {"GFLOP/s",8}");
        RunCopies(bench);
        RunPatches(bench);
        RunTokens(bench);
        RunLoss(bench);
        RunGram(bench, "pixels", Pixels);
        RunGram(bench, "latent", (Kept + 1) * Embed);
        RunAttacks(bench);
        RunOptimiser(bench);
        RunNumbers(bench);
    }

    private static void RunCopies(Bench bench)
    {
        foreach (var mebibytes in new[] { 64, 1 })
        {
            var (source, destination) = (bench.Floats(mebibytes << 18), bench.Floats(mebibytes << 18));
            bench.Time($"(copy of {mebibytes} MiB)", () => source.AsSpan().CopyTo(destination.AsSpan()), 8.0 * source.Length);
        }
    }

    private static void RunPatches(Bench bench)
    {
        var (images, all, kept) = (bench.Floats(Batch * Pixels), bench.Floats(Batch * Pixels), bench.Floats(Batch * Kept * Values));
        var ids = bench.Order(Batch, Patches, Kept).Ids;
        foreach (var layout in Enum.GetValues<PatchOrder>())
        {
            bench.Time($"all, {layout}", () => Patchify.Forward(images, Batch, Channels, Side, Side, Patch, default, Patches, layout, all));
            bench.Time(
                $"all, {layout}", () => Patchify.Backward(all, Batch, Channels, Side, Side, Patch, default, Patches, layout, images));
        }

        const PatchOrder order = PatchOrder.ChannelRowColumn;
        bench.Time("kept", () => Patchify.Forward(images, Batch, Channels, Side, Side, Patch, ids, Kept, order, kept));
        bench.Time("kept", () => Patchify.Backward(kept, Batch, Channels, Side, Side, Patch, ids, Kept, order, images));
    }

    private static void RunTokens(Bench bench)
    {
        var (ids, restore) = bench.Order(Batch, Patches, Kept);
        var (noise, mask) = (bench.Floats(Batch * Patches), bench.Floats(Batch * Patches));
        bench.Time("", () => TokenGather.Keep(noise, Batch, Patches, Kept, ids, restore, mask));

        var (tokens, sequence) = (bench.Floats(Batch * Kept * Embed), bench.Floats(Batch * (Kept + 1) * Embed));
        var (classToken, positions) = (bench.Floats(Embed), bench.Floats((Patches + 1) * Embed));
        bench.Time("", () => TokenGather.Embed(tokens, classToken, positions, ids, Batch, Kept, Patches, Embed, sequence));
        bench.Time(
            "tokens and class", () => TokenGather.EmbedBackward(sequence, ids, Batch, Kept, Patches, Embed, tokens, classToken, default));
        bench.Time(
            "with positions", () => TokenGather.EmbedBackward(sequence, ids, Batch, Kept, Patches, Embed, tokens, classToken, positions));

        var (given, full) = (bench.Floats(Batch * (Kept + 1) * DecoderEmbed), bench.Floats(Batch * (Patches + 1) * DecoderEmbed));
        var (maskToken, places) = (bench.Floats(DecoderEmbed), bench.Floats((Patches + 1) * DecoderEmbed));
        bench.Time("", () => TokenGather.Restore(given, maskToken, places, restore, Batch, Kept, Patches, DecoderEmbed, full));
        bench.Time("", () => TokenGather.RestoreBackward(full, restore, Batch, Kept, Patches, DecoderEmbed, given, default));
        bench.Time(
            "with mask token",
            () => TokenGather.RestoreBackward(full, restore, Batch, Kept, Patches, DecoderEmbed, given, maskToken));

        var (x, pooled) = (bench.Floats(Batch * (Patches + 1) * Embed), bench.Floats(Batch * Embed));
        bench.Time("", () => TokenPool.Mean(x, Batch, Patches + 1, Embed, pooled));
        bench.Time("", () => TokenPool.MeanBackward(pooled, Batch, Patches + 1, Embed, x));
        bench.Time("", () => TokenPool.ClassBackward(pooled, Batch, Patches + 1, Embed, x));
    }

    private static void RunLoss(Bench bench)
    {
        var (prediction, target) = (bench.Floats(Batch * (Patches + 1) * Values), bench.Floats(Batch * Patches * Values));
        var (dPrediction, dTarget) = (bench.Floats(prediction.Length), bench.Floats(target.Length));
        var (mask, losses) = (bench.Floats(Batch * Patches), bench.Floats(Batch));
        var ones = mask.AsSpan();
        for (var i = 0; i < ones.Length; i++)
            ones[i] = i % 4 == 0 ? 0 : 1;
        foreach (var normalise in new[] { false, true })
        {
            var note = normalise ? "normalised" : "plain";
            bench.Time(note, () => MaskedMse.Forward(prediction, target, mask, Batch, Patches, Values, normalise, losses));
            bench.Time(
                note, () => MaskedMse.Backward(prediction, target, mask, Batch, Patches, Values, normalise, 1, dPrediction, default));
            bench.Time(
                $"{note}, dTarget",
                () => MaskedMse.Backward(prediction, target, mask, Batch, Patches, Values, normalise, 1, dPrediction, dTarget));
        }
    }

    private static void RunGram(Bench bench, string what, int columns)
    {
        var (a, dA) = (bench.Floats(Batch * columns), bench.Floats(Batch * columns));
        var distances = bench.Host.Allocate<double>(Batch * Batch);
        bench.Time($"{what}, {columns} columns", () => RbfGram.SquaredDistances(a, Batch, columns, distances));
        bench.Time($"{what}, {columns} columns", () => RbfGram.Backward(a, distances, Batch, columns, 1e-9, false, dA));
        bench.Time($"{what}, accumulated", () => RbfGram.Backward(a, distances, Batch, columns, 1e-9, true, dA));
    }

    private static void RunAttacks(Bench bench)
    {
        var (images, gradient, adversarial) = (bench.Floats(Batch * Pixels), bench.Floats(Batch * Pixels), bench.Floats(Batch * Pixels));
        var radius = bench.Floats(Batch);
        bench.Time("", () => LinfStep.Start(images, gradient, adversarial));
        bench.Time("", () => LinfStep.Step(gradient, images, 8f / 255, 2f / 255, adversarial));
        bench.Time("", () => L2Step.Start(images, gradient, radius, Batch, Pixels, 0.5f, adversarial));
        bench.Time("", () => L2Step.Step(gradient, images, Batch, Pixels, 0.5f, 0.1f, adversarial));
    }

    private static void RunOptimiser(Bench bench)
    {
        var (w, g, m, v) = (bench.Floats(Parameters), bench.Floats(Parameters), bench.Floats(Parameters), bench.Floats(Parameters));
        const long each = Parameters / 150;
        AdamWSegment[] segments = [.. Enumerable.Range(0, 150).Select(i => new AdamWSegment(i * each, each, 1, 0.05f))];
        var settings = new AdamWSettings(1e-4f, 0.9f, 0.95f, 1e-8f, 100, 1);
        bench.Time("5.5 M parameters", () => AdamW.Step(w, g, m, v, segments, settings));
    }

    private static void RunNumbers(Bench bench)
    {
        var y = bench.Floats(Batch * Pixels);
        bench.Time("", () => Philox.Uniform(1, 2, 0, -0.1f, 0.1f, y));
        bench.Time("", () => Philox.Normal(1, 2, 0, 0, 1, y));
    }

    /// <summary>Makes arrays and times calls; the process's end frees the arrays.</summary>
    private sealed class Bench(HostDevice host) : IKernelListener
    {
        private const double Seconds = 0.25;

        private string _kernel = "";
        private double _flops;
        private double _bytes;

        public HostDevice Host { get; } = host;

        public DeviceSpan<float> Floats(long count)
        {
            var span = Host.Allocate<float>(count);
            Philox.Uniform(1, (ulong)count, 0, 0, 1, span);
            return span;
        }

        public (DeviceSpan<int> Ids, DeviceSpan<int> Restore) Order(int batch, int patches, int kept)
        {
            var (ids, restore) = (Host.Allocate<int>(batch * kept), Host.Allocate<int>(batch * patches));
            TokenGather.Keep(Floats(batch * patches), batch, patches, kept, ids, restore, Floats(batch * patches));
            return (ids, restore);
        }

        public void Time(string note, Action call, double copiedBytes = 0)
        {
            (_kernel, _flops, _bytes) = ("", 0, copiedBytes);
            Host.Listener = this;
            call();
            Host.Listener = null;
            var times = new List<double>();
            for (var end = Stopwatch.GetTimestamp() + Seconds * Stopwatch.Frequency; Stopwatch.GetTimestamp() < end;)
            {
                var start = Stopwatch.GetTimestamp();
                call();
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            times.Sort();
            var median = times[times.Count / 2];
            var name = $"{_kernel} {note}".Trim();
            Console.WriteLine($"{name,-46} {median * 1e3,9:F3} {_bytes / median * 1e-9,8:F1} {_flops / median * 1e-9,8:F1}");
        }

        public void OnKernel(string kernel, double flops, double bytes, long startTicks, long endTicks, int lane) =>
            (_kernel, _flops, _bytes) = (kernel, flops, bytes);
    }
}
