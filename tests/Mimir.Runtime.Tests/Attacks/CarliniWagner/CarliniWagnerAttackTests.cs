using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class CarliniWagnerAttackTests
{
    private static CarliniWagnerAttack Attack => new() { Steps = 7, C = 3 };

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

        Assert.That(results.Count(r => r.Result.Fooled), Is.GreaterThan(results.Length / 2));
        Assert.That(results.Select(r => r.Result.Forwards).Distinct().Count(), Is.GreaterThan(1), "some stop early");
        var later = TinyAttacks.Run(Attack with { Steps = 40 }, model, images);
        Assert.That(later.Average(r => Math.Min(r.Result.Distance!.Value, 10)), Is.LessThan(results.Average(r => Math.Min(r.Result.Distance!.Value, 10))));
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
