using Mimir.Kernels.Devices;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class MicroBatchPlanTests
{
    [Test]
    public void EveryImageIsInOneMicroBatchAndEveryMicroBatchInOneShard(
        [Values(1, 2, 3, 7, 8, 9, 128, 1000)] int batch, [Values(1, 5, 65, 257, 5000)] int tokens, [Values(0, 1000, 5_764_620, 302_855_436)] long parameters)
    {
        var plan = new MicroBatchPlan(BatchCut.ForCores, batch, tokens, parameters);
        Assert.That(plan.Batch, Is.EqualTo(batch));
        var next = 0;
        for (var i = 0; i < plan.Count; i++)
        {
            Assert.That(plan.Start(i), Is.EqualTo(next));
            Assert.That(plan.SizeOf(i), Is.InRange(1, plan.MicroBatch));
            next += plan.SizeOf(i);
        }

        Assert.That(next, Is.EqualTo(batch));
        Assert.That(plan.FirstOf(0), Is.Zero);
        Assert.That(plan.FirstOf(plan.Shards), Is.EqualTo(plan.Count));
        for (var shard = 0; shard < plan.Shards; shard++)
            Assert.That(plan.FirstOf(shard + 1), Is.GreaterThan(plan.FirstOf(shard)), "no shard is empty");
        if (batch > 1)
            Assert.That(plan.Count, Is.GreaterThan(1), "two threads have something to do");
    }

    /// <summary>A GPU gets a usual batch in one piece, and a larger one in pieces that one sum of gradients takes in turn.</summary>
    [TestCase(128, 65, 5_764_620, 1)]
    [TestCase(64, 257, 302_855_436, 1)]
    [TestCase(1024, 65, 5_764_620, 3)]
    [TestCase(1024, 65, 0, 3)]
    public void AGpuGetsABatchWhole(int batch, int tokens, long parameters, int count)
    {
        var plan = new MicroBatchPlan(BatchCut.Whole, batch, tokens, parameters);
        Assert.That((plan.Count, plan.Shards), Is.EqualTo((count, parameters == 0 ? count : 1)));
    }

    [TestCase(128, 17, 5_764_620)]
    [TestCase(64, 17, 22_000_000)]
    [TestCase(100, 65, 5_764_620)]
    [TestCase(96, 257, 20_000)]
    public void ShardsAreEven(int batch, int tokens, long parameters)
    {
        var plan = new MicroBatchPlan(BatchCut.ForCores, batch, tokens, parameters);
        var images = Enumerable.Range(0, plan.Shards)
            .Select(shard => Enumerable.Range(plan.FirstOf(shard), plan.FirstOf(shard + 1) - plan.FirstOf(shard)).Sum(plan.SizeOf)).ToArray();
        Assert.That(images.Max() - images.Min(), Is.LessThanOrEqualTo(1), "no lane waits for another");
    }

    [TestCase(128, 65, 5_764_620, 8, 4)]
    [TestCase(128, 65, 302_855_436, 8, 2)]
    [TestCase(128, 65, 20_000, 8, 8)]
    [TestCase(128, 65, 0, 8, 16)]
    [TestCase(4, 65, 20_000, 2, 2)]
    public void LargeModelsHaveFewShards(int batch, int tokens, long parameters, int microBatch, int shards)
    {
        var plan = new MicroBatchPlan(BatchCut.ForCores, batch, tokens, parameters);
        Assert.That((plan.MicroBatch, plan.Shards), Is.EqualTo((microBatch, shards)));
    }
}
