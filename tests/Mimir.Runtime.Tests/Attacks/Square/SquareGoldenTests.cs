using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

/// <summary>The square attack beside the public code, on its golden values.</summary>
[TestFixture]
internal sealed class SquareGoldenTests
{
    private const int Values = 3 * 16 * 16;

    /// <summary>The public code was handed this attack's draws, so every decision is the same one. In L2 there is an exception: what an untouched
    /// window receives hangs on how far rounding keeps the perturbation from its radius, and three of the 32 images part at such a query, as do two
    /// of the public code's own with the model in float64.</summary>
    [TestCase(AttackNorm.Linf, 0)]
    [TestCase(AttackNorm.L2, 3)]
    public void WithTheSameDrawsThePublicCodeDoesTheSame(AttackNorm norm, int part)
    {
        using var file = GoldenVictim.Open("square");
        var queries = file.Read<long>($"replay.{norm}.queries");
        var margins = file.ReadFloats($"replay.{norm}.margins");
        var points = file.ReadFloats($"replay.{norm}.points").Chunk(Values).ToArray();
        var images = Numbers(file.Read<long>("images"))[..queries.Length];
        using var device = new HostDevice(2);
        using var model = GoldenVictim.Load(device);
        var attack = new SquareAttack(norm, file.ReadFloats($"{norm}.radius")[0]) { Queries = 200, Seed = 5 };
        var outcomes = TinyAttacks.Run(attack, model, GoldenVictim.Images(), images);
        Assert.That(outcomes.Select(o => (long)o.Result.Forwards), Is.EqualTo(queries));
        Assert.That(outcomes.Select(o => o.Result.Fooled), Is.EqualTo(margins.Select(m => m <= 0)));
        var parted = outcomes.Select((o, i) => Math.Abs(o.Result.Loss + margins[i]) > 1e-5).ToArray();
        Assert.That(parted.Count(p => p), Is.LessThanOrEqualTo(part));
        for (var i = 0; i < points.Length; i++)
        {
            if (!parted[i])
                Assert.That(AttackChecks.Distance(AttackNorm.Linf, outcomes[i].Image, points[i]), Is.LessThan(1e-6), $"image {i}");
        }
    }

    [Test]
    public void RobustAccuracyIsThatOfThePublicCode([Values] AttackNorm norm, [Values] bool reference)
    {
        using var file = GoldenVictim.Open("square");
        var images = Numbers(file.Read<long>("images"));
        var expected = file.Read<long>($"random.{norm}.robust").Average();
        using var device = new HostDevice(2);
        using var model = GoldenVictim.Load(device);
        var attack = new SquareAttack(norm, file.ReadFloats($"{norm}.radius")[0]) { Queries = 300, Seed = 11, Reference = reference };
        var robust = TinyAttacks.Run(attack, model, GoldenVictim.Images(), images).Count(o => !o.Result.Fooled);
        var interval = 1.96 * Math.Sqrt(expected * (1 - expected / images.Length));
        Assert.That(robust, Is.EqualTo(expected).Within(interval));
    }

    private static int[] Numbers(long[] numbers) => [.. numbers.Select(i => (int)i)];
}
