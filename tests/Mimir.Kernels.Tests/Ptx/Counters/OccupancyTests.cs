using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Counters;

/// <summary>Occupancies worked out by hand from the table of limits.</summary>
public sealed class OccupancyTests
{
    // 256 threads are 8 warps; 32 registers: 1024 a warp, 16 warps a quarter, 64 warps, 8 blocks. All limits but registers and warps are further off.
    [TestCase(80, 256, 32, 0, 8, OccupancyLimit.Warps)]
    [TestCase(86, 256, 32, 0, 6, OccupancyLimit.Warps)]

    // 33 registers count as 40: 1280 a warp, 12 warps a quarter, 48 warps.
    [TestCase(80, 256, 33, 0, 6, OccupancyLimit.Registers)]

    // 255 count as 256: 8192 a warp, 2 a quarter, 8 warps.
    [TestCase(90, 256, 255, 0, 1, OccupancyLimit.Registers)]
    [TestCase(90, 256, 256, 0, 0, OccupancyLimit.Registers)]

    // Five warps take registers for eight.
    [TestCase(80, 160, 128, 0, 2, OccupancyLimit.Registers)]

    // One warp a block: slots for blocks run out first.
    [TestCase(80, 32, 16, 0, 32, OccupancyLimit.Blocks)]
    [TestCase(89, 32, 16, 0, 24, OccupancyLimit.Blocks)]

    // 48 KB and 1 KB of the system: 167936 / 50176 = 3; sm_90: 233472 / 50176 = 4.
    [TestCase(80, 128, 32, 49152, 3, OccupancyLimit.SharedMemory)]
    [TestCase(90, 128, 32, 49152, 4, OccupancyLimit.SharedMemory)]
    [TestCase(80, 128, 32, 166912, 1, OccupancyLimit.SharedMemory)]
    [TestCase(80, 128, 32, 166913, 0, OccupancyLimit.SharedMemory)]
    public void BlocksAMultiprocessor(int target, int threads, int registers, int shared, int blocks, OccupancyLimit limit)
    {
        var occupancy = Occupancy.Of(MultiprocessorLimits.Of(target), threads, registers, shared);
        Assert.That((occupancy.Blocks, occupancy.LimitedBy), Is.EqualTo((blocks, limit)));
        Assert.That(occupancy.Warps, Is.EqualTo(blocks * ((threads + 31) / 32)));
    }

    [Test]
    public void FractionIsOfTheWarpsThatFit() =>
        Assert.That(Occupancy.Of(MultiprocessorLimits.Of(80), 256, 40, 0).Fraction, Is.EqualTo(0.75));

    [Test]
    public void UnknownTargetsAreNamed() =>
        Assert.That(() => MultiprocessorLimits.Of(75), Throws.ArgumentException.With.Message.Contains("sm_75"));
}
