using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;

namespace Mimir.Runtime.Tests.Data;

[TestFixture]
internal sealed class BatcherTests
{
    private static readonly ImageShape s_shape = new(3, 8, 6);
    private static readonly HostDevice s_device = new(1);

    [OneTimeTearDown]
    public void Close() => s_device.Dispose();

    [Test]
    public void TrainingEpochsAreDifferentPermutationsWithTheRestLeftOut()
    {
        var set = SmallSets.Bytes(23, s_shape);
        using var batcher = Batcher.ForTraining(set, AugmentationPlan.None, 5, seed: 7, s_device);
        Assert.That(batcher.BatchesPerEpoch, Is.EqualTo(4));
        var epochs = new List<int[]>();
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<int>();
            for (var number = 0; number < 4; number++)
            {
                var batch = batcher.Next();
                Assert.That((batch.Epoch, batch.Number, batch.Count), Is.EqualTo((epoch, number, 5)));
                seen.AddRange(batch.Indices.ToArray());
                AssertContent(batch, set);
            }

            Assert.That(seen.Distinct().Count(), Is.EqualTo(20));
            epochs.Add([.. seen]);
        }

        Assert.That(epochs[0], Is.Not.EqualTo(epochs[1]).AsCollection);
        Assert.That(epochs[1], Is.Not.EqualTo(epochs[2]).AsCollection);
    }

    [Test]
    public void EvaluationIsInOrderWithASmallerLastBatch()
    {
        var set = SmallSets.Bytes(23, s_shape);
        using var batcher = Batcher.ForEvaluation(set, 5, s_device);
        Assert.That(batcher.BatchesPerEpoch, Is.EqualTo(5));
        var seen = new List<int>();
        while (batcher.TryNext(out var batch))
        {
            Assert.That(batch.Count, Is.EqualTo(batch.Number < 4 ? 5 : 3));
            Assert.That((batch.Images.Length, batch.Labels.Length), Is.EqualTo((batch.Count * 144L, (long)batch.Count)));
            seen.AddRange(batch.Indices.ToArray());
            AssertContent(batch, set);
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 23)).AsCollection);
        Assert.That(batcher.TryNext(out _), Is.False);
        Assert.That(() => batcher.Next(), Throws.InvalidOperationException);
    }

    [Test]
    public void EvaluationOfFewerImagesThanABatch()
    {
        using var batcher = Batcher.ForEvaluation(SmallSets.Bytes(3, s_shape), 64, s_device);
        Assert.That(batcher.Next().Count, Is.EqualTo(3));
        Assert.That(batcher.TryNext(out _), Is.False);
    }

    [Test]
    public void StartingInTheMiddleGivesTheSameBatches()
    {
        var set = SmallSets.Bytes(50, s_shape);
        var plan = AugmentationPlan.CropAndFlip(2);
        var whole = Collect(Batcher.ForTraining(set, plan, 8, 3, s_device), 20);
        for (var start = 0; start < 14; start++)
        {
            var part = Collect(Batcher.ForTraining(set, plan, 8, 3, s_device, start / 6, start % 6), 5);
            Assert.That(part, Is.EqualTo(whole[start..(start + 5)]).AsCollection, $"from batch {start}");
        }

        var atTheEnd = Collect(Batcher.ForTraining(set, plan, 8, 3, s_device, epoch: 0, batch: 6), 2);
        Assert.That(atTheEnd, Is.EqualTo(whole[6..8]).AsCollection);
        Assert.That(Collect(Batcher.ForTraining(set, plan, 8, 4, s_device), 1), Is.Not.EqualTo(whole[..1]).AsCollection, "another seed");
    }

    [Test]
    public void AnImageDoesNotDependOnTheBatchSize()
    {
        var set = SmallSets.Bytes(24, s_shape);
        var plan = AugmentationPlan.CropAndFlip(2);
        var small = Images(4);
        var large = Images(12);
        for (var i = 0; i < 24; i++)
            Assert.That(small[i], Is.EqualTo(large[i]).AsCollection);

        Dictionary<int, float[]> Images(int size)
        {
            using var batcher = Batcher.ForTraining(set, plan, size, 3, s_device);
            var images = new Dictionary<int, float[]>();
            while (images.Count < 24)
            {
                var batch = batcher.Next();
                for (var i = 0; i < size; i++)
                    images[batch.Indices[i]] = batch.Images.Slice(i * 144L, 144).ToArray();
            }

            return images;
        }
    }

    [Test]
    public void ABatchHoldsUntilTheNextIsAskedFor()
    {
        var set = SmallSets.Bytes(64, s_shape);
        using var batcher = Batcher.ForTraining(set, AugmentationPlan.CropAndFlip(1), 4, 3, s_device);
        for (var i = 0; i < 30; i++)
        {
            var batch = batcher.Next();
            var before = batch.Images.ToArray();
            Thread.Sleep(1); // time for the producer to run ahead as far as it may
            Assert.That(batch.Images.ToArray(), Is.EqualTo(before).AsCollection);
        }
    }

    [Test]
    public void FailureOfTheProducerReachesTheConsumer()
    {
        var set = SmallSets.Bytes(8, s_shape);
        using var batcher = Batcher.ForTraining(set, new AugmentationPlan(new Failing()), 4, 3, s_device);
        Assert.That(() => batcher.Next(), Throws.TypeOf<IOException>().With.Message.EqualTo("on purpose"));
        Assert.That(() => batcher.Next(), Throws.TypeOf<IOException>(), "and again when asked again");
    }

    [Test]
    public void SteadyStateAllocatesNothing()
    {
        // Counted on the two threads themselves: the process-wide count has the test runner's own threads in it.
        var meter = new Meter();
        var set = SmallSets.Bytes(64, s_shape);
        var plan = new AugmentationPlan(new RandomCrop(1), new HorizontalFlip(), meter);
        using var batcher = Batcher.ForTraining(set, plan, 8, 3, s_device);
        for (var i = 0; i < 50; i++)
            batcher.Next();
        var producer = meter.Allocated;
        var consumer = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2000; i++)
            batcher.Next();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - consumer, Is.Zero, "consumer");
        Assert.That(meter.Allocated - producer, Is.Zero, "producer");
    }

    [Test]
    public void DisposeStopsAtOnceAndTwiceIsFine()
    {
        for (var i = 0; i < 20; i++)
        {
            var batcher = Batcher.ForTraining(SmallSets.Bytes(64, s_shape), AugmentationPlan.None, 8, 3, s_device);
            for (var taken = 0; taken < i % 5; taken++)
                batcher.Next();
            batcher.Dispose();
            batcher.Dispose();
            Assert.That(() => batcher.Next(), Throws.TypeOf<ObjectDisposedException>());
        }
    }

    [Test]
    public void WrongSizesAreRefused()
    {
        var set = SmallSets.Bytes(8, s_shape);
        Assert.That(() => Batcher.ForTraining(set, AugmentationPlan.None, 9, 0, s_device),
            Throws.ArgumentException.With.Message.EqualTo("--batch: 9 is more than the 8 training images of test"));
        Assert.That(() => Batcher.ForTraining(set, AugmentationPlan.None, 0, 0, s_device), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Batcher.ForTraining(set, AugmentationPlan.None, 4, 0, s_device, 0, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Batcher.ForEvaluation(set, 0, s_device), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static float[][] Collect(Batcher batcher, int count)
    {
        using (batcher)
            return [.. Enumerable.Range(0, count).Select(_ => batcher.Next().Images.ToArray())];
    }

    private static void AssertContent(Batch batch, ImageSet set)
    {
        var indices = batch.Indices.ToArray();
        Assert.That(batch.Labels.ToArray(), Is.EqualTo(indices.Select(index => set.Labels[index])).AsCollection);
        Assert.That(batch.Images.ToArray(), Is.EqualTo(indices.SelectMany(set.Image)).AsCollection);
    }

    /// <summary>Changes nothing and notes what the thread that it runs on has allocated.</summary>
    private sealed class Meter : IAugmentation
    {
        private long _allocated;

        public long Allocated => Volatile.Read(ref _allocated);

        public ImageShape Output(ImageShape input) => input;

        public void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random)
        {
            source.CopyTo(destination);
            Volatile.Write(ref _allocated, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    private sealed class Failing : IAugmentation
    {
        public ImageShape Output(ImageShape input) => input;

        public void Apply(ReadOnlySpan<float> source, ImageShape shape, Span<float> destination, IRandomSource random) => throw new IOException("on purpose");
    }
}
