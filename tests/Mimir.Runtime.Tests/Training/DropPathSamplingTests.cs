using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class DropPathSamplingTests
{
    private const int Depth = 5;
    private const int Batch = 2000;
    private const double Rate = 0.4;

    [Test]
    public void BranchesAreDroppedAtRatesThatGrowWithTheBlock()
    {
        using var device = new HostDevice(1);
        var factors = device.Allocate<float>(2 * Depth * Batch);
        DropPathSampling.Draw(RandomPurpose.DropPath, 1, 0, Rate, Depth, Batch, factors);
        var scales = new DropPathScales(factors, Batch, 0, Batch);
        for (var block = 0; block < Depth; block++)
        {
            var keep = 1 - Rate * block / (Depth - 1);
            for (var branch = 0; branch < 2; branch++)
            {
                var row = scales.Branch(block, branch).ToArray();
                Assert.That(row, Is.All.Matches<float>(value => value == 0 || Math.Abs(value - 1 / keep) < 1e-6));
                var kept = row.Count(value => value > 0) / (double)Batch;
                Assert.That(kept, Is.EqualTo(keep).Within(5 * Math.Sqrt(keep * (1 - keep) / Batch)), $"block {block}");
            }
        }

        Assert.That(scales.Branch(Depth - 1, 0).ToArray(), Is.Not.EqualTo(scales.Branch(Depth - 1, 1).ToArray()).AsCollection, "the branches are drawn apart");
        var first = factors.ToArray();
        DropPathSampling.Draw(RandomPurpose.DropPath, 1, 1, Rate, Depth, Batch, factors);
        Assert.That(factors.ToArray(), Is.Not.EqualTo(first).AsCollection, "each step has its own draws");
        DropPathSampling.Draw(RandomPurpose.DropPath, 1, 0, Rate, Depth, Batch, factors);
        Assert.That(factors.ToArray(), Is.EqualTo(first).AsCollection);
        factors.Buffer.Dispose();
    }

    [Test]
    public void TheOnlyBlockDropsNothing()
    {
        using var device = new HostDevice(1);
        var factors = device.Allocate<float>(2 * 50);
        DropPathSampling.Draw(RandomPurpose.DropPath, 1, 0, 0.9, depth: 1, 50, factors);
        Assert.That(factors.ToArray(), Is.All.EqualTo(1f));
        factors.Buffer.Dispose();
    }
}
