using Mimir.Kernels.Devices;
using Mimir.Runtime.Benchmarks;

namespace Mimir.Runtime.Tests.Benchmarks;

internal sealed class MachineLimitsTests
{
    private static readonly MachineLimits s_limits = new(2, 400, [new("l2", 1000, 100), new("dram", double.PositiveInfinity, 20)]);

    [Test]
    public void TheSideOfTheRooflineFollowsFromOperationsAByte() => Assert.Multiple(() =>
    {
        // On one lane: 200 GFLOP/s, 50 GB/s from the cache and 10 GB/s from memory, so 4 and 20 operations a byte.
        Assert.That(s_limits.Rate(50e9, 10e9, 1, 1, 1000), Is.EqualTo(new KernelRate(50, 10, 0.25, Bound.Compute)), "5 a byte, from the cache");
        Assert.That(s_limits.Rate(50e9, 10e9, 2, 1, 1001), Is.EqualTo(new KernelRate(25, 5, 0.5, Bound.Memory)), "5 a byte, from memory");
        Assert.That(s_limits.Rate(0, 50e9, 1, 2, 10), Is.EqualTo(new KernelRate(0, 50, 0.5, Bound.Memory)), "no operations, both lanes");
        Assert.That(s_limits.Rate(400e9, 1e9, 2, 2, 10), Is.EqualTo(new KernelRate(200, 0.5, 0.5, Bound.Compute)), "both lanes");
    });

    [Test]
    public void TheBetterOfTwoProbesCounts()
    {
        var other = new MachineLimits(2, 300, [new("l2", 1000, 120), new("dram", double.PositiveInfinity, 10)]);
        var better = s_limits.Or(other);
        Assert.That(better.PeakGflops, Is.EqualTo(400));
        Assert.That(better.Levels.Select(level => level.GigabytesPerSecond), Is.EqualTo(new[] { 120.0, 20 }));
    }

    [Test]
    public void AProbeFindsAPeakAndEveryLevel()
    {
        using var device = new HostDevice(2);
        var limits = MachineLimits.Probe(device);
        Assert.Multiple(() =>
        {
            Assert.That(limits.Lanes, Is.EqualTo(2));
            Assert.That(limits.PeakGflops, Is.GreaterThan(0));
            Assert.That(limits.Levels[0].Name, Is.EqualTo("l2"));
            Assert.That(limits.Levels[^1], Has.Property("Name").EqualTo("dram").And.Property("BytesOfLane").EqualTo(double.PositiveInfinity));
            Assert.That(limits.Levels.Select(level => level.BytesOfLane), Is.Ordered.Ascending);
            Assert.That(limits.Levels.Select(level => level.GigabytesPerSecond), Is.All.GreaterThan(0));
        });
    }
}
