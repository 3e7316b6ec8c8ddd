using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Formats;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>FAB-T beside the public code, on its golden values.</summary>
[TestFixture]
internal sealed class FabGoldenTests
{
    /// <summary>Only rounding differs: the public code with the model in float64 is 6e-5 from itself at most. Its projection sums in float32,
    /// this one in float64, and on one image of 40 the runs end 4e-4 apart.</summary>
    [TestCase(AttackNorm.Linf, 1, 40)]
    [TestCase(AttackNorm.L2, 1, 40)]
    [TestCase(AttackNorm.Linf, 9, 16)]
    [TestCase(AttackNorm.L2, 9, 16)]
    public void DistancesAreThoseOfThePublicCode(AttackNorm norm, int targets, int count)
    {
        using var file = GoldenVictim.Open("fab");
        var expected = file.ReadFloats($"{norm}.distances").Chunk(9).Select(row => row[targets - 1]).ToArray();
        using var device = new HostDevice(2);
        using var model = GoldenVictim.Load(device);
        var attack = new FabAttack(norm, float.PositiveInfinity) { Exhaustive = true, Targets = targets };
        var outcomes = TinyAttacks.Run(attack, model, GoldenVictim.Images(), Numbers(file)[..count]);
        var apart = outcomes.Zip(expected, (o, distance) => Math.Abs(o.Result.Distance!.Value / distance - 1)).ToArray();
        Assert.That(apart, Is.All.LessThan(1e-3));
        Assert.That(apart.Count(a => a > 1e-4), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void FlagsAreThoseOfThePublicCode([Values] AttackNorm norm)
    {
        using var file = GoldenVictim.Open("fab");
        using var device = new HostDevice(2);
        using var model = GoldenVictim.Load(device);
        var attack = new FabAttack(norm, file.ReadFloats($"{norm}.radius")[0]);
        var outcomes = TinyAttacks.Run(attack, model, GoldenVictim.Images(), Numbers(file));
        Assert.That(outcomes.Select(o => o.Result.Fooled ? 1L : 0L), Is.EqualTo(file.Read<long>($"{norm}.fooled")));
    }

    private static int[] Numbers(SafetensorsFile file) => [.. file.Read<long>("images").Select(i => (int)i)];
}
