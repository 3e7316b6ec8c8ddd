using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Tests.Autodiff;

[TestFixture]
internal sealed class LanePoolsTests
{
    /// <summary>Blocks come from shared slabs: none may touch another, small or large, and each starts on a cache line.</summary>
    [Test]
    public void BlocksDoNotOverlapAndStartOnACacheLine()
    {
        using var host = new HostDevice(1);
        using var pools = new LanePools(host, 1);
        long[] sizes = [1, 16, 17, 100_000, 3_000_000, 5, 1_500_000, 700_000, 2, 2_097_152];
        var blocks = sizes.Select(pools.Rent).ToArray();
        for (var i = 0; i < blocks.Length; i++)
        {
            Assert.That(blocks[i].Length, Is.EqualTo(sizes[i]));
            Assert.That(blocks[i].Offset % 16, Is.Zero);
            blocks[i].AsSpan().Fill(i);
        }

        for (var i = 0; i < blocks.Length; i++)
            Assert.That(blocks[i].AsSpan().ToArray(), Is.All.EqualTo((float)i), $"block {i}");
    }

    /// <summary>The block given back last is the next of its size, and no new memory is taken for it.</summary>
    [Test]
    public void BlocksAreUsedAgain()
    {
        using var host = new HostDevice(1);
        using var pools = new LanePools(host, 1);
        var (first, second) = (pools.Rent(1000), pools.Rent(1000));
        var bytes = pools.Bytes;
        pools.Return(first);
        pools.Return(second);
        Assert.That(pools.Rent(1000).Offset, Is.EqualTo(second.Offset));
        Assert.That(pools.Rent(1000).Offset, Is.EqualTo(first.Offset));
        Assert.That(pools.Bytes, Is.EqualTo(bytes));
    }
}
