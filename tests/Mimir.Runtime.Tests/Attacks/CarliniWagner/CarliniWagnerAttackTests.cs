using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class CarliniWagnerAttackTests
{
    private static CarliniWagnerAttack Attack => new() { Steps = 7, C = 3 };

    /// <summary>The public code in float32 on the same model and images. Adam divides by the gradient's own size, so a value whose gradient is all
    /// rounding may take its first step the other way: a few values differ, and distances hardly.</summary>
    [Test]
    public void AgreesWithThePublicCode([Values] bool together)
    {
        using var device = new HostDevice(2);
        using var model = GoldenVictim.Load(device);
        using var golden = GoldenVictim.Open("carlini_wagner");
        var images = GoldenVictim.Images();
        var settings = golden.Read<float>("settings");
        var attack = new CarliniWagnerAttack
        {
            Steps = (int)settings[0], Rate = settings[1], C = settings[2], Kappa = settings[3], Reference = together,
        };
        var expected = golden.Read<float>(together ? "together.distances" : "alone.distances");
        var results = TinyAttacks.Run(attack, model, images, [.. Enumerable.Range(0, expected.Length)]);
        Assert.That(results.Select(r => r.Result.Fooled ? r.Result.Distance!.Value : 0), Is.EqualTo(expected).Within(2e-3));
        if (together)
            return;
        var points = golden.Read<float>("alone.points");
        var apart = results.SelectMany(r => r.Image).Zip(points, (a, b) => Math.Abs(a - b)).ToArray();
        Assert.That(apart.Count(d => d > 1e-4), Is.LessThan(apart.Length / 100), "values that went another way");
        Assert.That(apart.Average(), Is.LessThan(2e-5));
    }

    [Test]
    public void ReturnsTheNearestWronglyClassifiedIterate()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var images = TinyAttacks.Images(model);
        var results = TinyAttacks.Run(Attack, model, images);
        var natural = new float[images.Shape.Values];
        for (var i = 0; i < results.Length; i++)
        {
            var (result, image) = results[i];
            images.CopyImage(i, natural);
            var distance = Math.Sqrt(image.Zip(natural, (a, b) => (a - (double)b) * (a - (double)b)).Sum());
            Assert.That(image, Is.All.InRange(0f, 1f));
            Assert.That(result.Distance, result.Fooled ? Is.EqualTo(distance).Within(1e-5) : Is.EqualTo(float.PositiveInfinity));
            Assert.That(result.Fooled, Is.EqualTo(result.FirstSuccess >= 0), "no success is given away");
            Assert.That(result.Forwards, Is.InRange(1, Attack.Steps));
        }

        Assert.That(results.Select(r => r.Result.Fooled).Distinct().Count(), Is.EqualTo(2), "some are fooled and some are not");
    }

    [Test]
    public void ResultsDependNeitherOnThreadsNorOnTheBatch()
    {
        AttackOutcome[]? expected = null;
        foreach (var (threads, batch) in new[] { (1, 64), (2, 3), (3, 64) })
        {
            using var device = new HostDevice(threads);
            using var model = TinyModels.SteepClassifier(device);
            var results = TinyAttacks.Run(Attack, model, TinyAttacks.Images(model), batch: batch);
            expected ??= results;
            Assert.That(results.Select(r => r.Result), Is.EqualTo(expected.Select(r => r.Result)), $"{threads} threads, batches of {batch}");
            Assert.That(results.Select(r => r.Image), Is.EqualTo(expected.Select(r => r.Image)), $"{threads} threads, batches of {batch}");
        }
    }

    [Test]
    public void ImagesOfAReferenceBatchStopTogether()
    {
        using var device = new HostDevice(2);
        using var model = TinyModels.SteepClassifier(device);
        var results = TinyAttacks.Run(Attack with { Reference = true, ReferenceBatch = 5, Steps = 30 }, model, TinyAttacks.Images(model, 10));
        var passes = results.Select(r => r.Result.Forwards).ToArray();
        Assert.That(passes[..5].Distinct().Count(), Is.EqualTo(1));
        Assert.That(passes[5..].Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public void RunsOnTheEmulator()
    {
        using var emulator = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        using var there = TinyModels.SteepClassifier(emulator);
        var images = TinyAttacks.Images(model, 3);
        var (expected, results) = (TinyAttacks.Run(Attack, model, images), TinyAttacks.Run(Attack, there, images));
        Assert.That(results.Select(r => r.Result.Fooled), Is.EqualTo(expected.Select(r => r.Result.Fooled)));
        Assert.That(results.Select(r => r.Result.Distance), Is.EqualTo(expected.Select(r => r.Result.Distance)).Within(1e-3));
        Assert.That(emulator.Emulator!.Findings.Diagnostics, Is.Empty);
    }
}
