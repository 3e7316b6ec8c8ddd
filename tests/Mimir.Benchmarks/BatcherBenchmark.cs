using System.Diagnostics;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Benchmarks;

/// <summary>How many images a second the batcher's one thread makes, with nobody computing beside it and with a consumer that computes on
/// every core. Arguments: a data set (default: random bytes of CIFAR's shape).</summary>
public static class BatcherBenchmark
{
    private const int BatchSize = 128;
    private const double Seconds = 1.5;

    /// <summary>Measures and prints one line a plan.</summary>
    public static void Run(string[] args)
    {
        using var device = new HostDevice();
        var images = args.Length > 0 ? ImageSet.Load(args[0], DataSplit.Train) : RandomImages(20_000, new ImageShape(3, 32, 32));
        Console.WriteLine($"{images.Count} images of {images.Shape}, batch {BatchSize}");
        AugmentationPlan[] plans =
        [
            AugmentationPlan.None,
            AugmentationPlan.Crop(images.Shape.Height / 8),
            AugmentationPlan.CropAndFlip(images.Shape.Height / 8),
            AugmentationPlan.ResizedCropAndFlip(images.Shape.Height),
            AugmentationPlan.ResizedCropAndFlip(224),
        ];
        foreach (var plan in plans)
            Measure(images, plan, device);

        Console.WriteLine("beside a consumer that keeps every core busy for 20 ms a batch:");
        MeasureWaiting(images, AugmentationPlan.CropAndFlip(images.Shape.Height / 8), device);
    }

    private static void Measure(ImageSet images, AugmentationPlan plan, HostDevice device)
    {
        using var batcher = Batcher.ForTraining(images, plan, Math.Min(BatchSize, images.Count), 1, device);
        for (var i = 0; i < 5; i++)
            batcher.Next();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var clock = Stopwatch.StartNew();
        var count = 0L;
        while (clock.Elapsed.TotalSeconds < Seconds)
            count += batcher.Next().Count;
        var seconds = clock.Elapsed.TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Console.WriteLine($"  {plan,-64} {count / seconds,10:F0} images/s {count / seconds * plan.Output(images.Shape).Values * sizeof(float) / 1e9,6:F2} GB/s written, {allocated} bytes allocated");
    }

    private static void MeasureWaiting(ImageSet images, AugmentationPlan plan, HostDevice device)
    {
        using var batcher = Batcher.ForTraining(images, plan, Math.Min(BatchSize, images.Count), 1, device);
        var others = Environment.ProcessorCount - 1;
        for (var i = 0; i < 3; i++)
            batcher.Next();
        var waited = batcher.Waited;
        var clock = Stopwatch.StartNew();
        var batches = 0;
        while (clock.Elapsed.TotalSeconds < Seconds)
        {
            batcher.Next();
            batches++;
            Parallel.For(0, others + 1, _ =>
            {
                var busy = Stopwatch.StartNew();
                while (busy.Elapsed.TotalMilliseconds < 20)
                    Thread.SpinWait(50);
            });
        }

        var share = (batcher.Waited - waited).TotalSeconds / clock.Elapsed.TotalSeconds;
        Console.WriteLine($"  {plan,-64} {batches} batches, {share:P3} of the time spent waiting for data");
    }

    private static ImageSet RandomImages(int count, ImageShape shape)
    {
        var random = new Random(1);
        var pixels = new byte[count * shape.Values];
        random.NextBytes(pixels);
        var labels = new int[count];
        for (var i = 0; i < count; i++)
            labels[i] = random.Next(10);
        return ImageSet.FromBytes("random", "random", shape, pixels, byte.MaxValue, labels, [.. Enumerable.Range(0, 10).Select(label => $"{label}")]);
    }
}
