using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class LinfStepTests
{
    private const float Epsilon = 8f / 255;
    private const float Alpha = 2f / 255;

    private static float[] Pixels(int count, int seed) =>
        [.. KernelCases.Values(count, seed).Select(value => Math.Clamp(0.5f + 0.55f * value, 0f, 1f))];

    [Test]
    public void StartAddsNoiseAndClips()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var count in new[] { 0, 1, 15, 16, 17, 257, 16385 })
        {
            using var images = device.Place(Pixels(count, 1));
            using var noise = device.Place(KernelCases.Values(count, 2));
            using var adversarial = device.Empty(count);
            LinfStep.Start(images, noise, adversarial);
            var n = noise.Values();
            var expected = images.Values().Select((x, i) => Math.Clamp(x + n[i], 0f, 1f));
            Assert.That(adversarial.Values(), Is.EqualTo(expected), $"{device} {count}");
        }
    }

    [Test]
    public void StepMatchesTheFormulaAndStaysInTheBall()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var count in new[] { 0, 1, 7, 16, 33, 3073, 16383, 32769 })
        {
            var g = KernelCases.Values(count, 3);
            for (var i = 0; i < count; i += 5)
                g[i] = i % 2 == 0 ? 0f : float.NaN;
            using var gradient = device.Place(g);
            using var images = device.Place(Pixels(count, 1));
            var x = images.Values();
            var a = KernelCases.Values(count, 2).Select((noise, i) => Math.Clamp(x[i] + Epsilon * noise, 0f, 1f)).ToArray();
            using var adversarial = device.Place(a);
            LinfStep.Step(gradient, images, Epsilon, Alpha, adversarial);
            var moved = a.Select((value, i) => value + Alpha * (g[i] > 0 ? 1 : g[i] < 0 ? -1 : 0));
            var expected = moved.Select((value, i) => Math.Clamp(x[i] + Math.Clamp(value - x[i], -Epsilon, Epsilon), 0f, 1f));
            var result = adversarial.Values();
            Assert.That(result, Is.EqualTo(expected), $"{device} {count}");
            Assert.That(result.Select((value, i) => Math.Abs(value - x[i])), Has.All.LessThanOrEqualTo(Epsilon + 1e-6f));
        }
    }

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(1, 6, 2051)] int count) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var (images, noise) = (memory.Place(Pixels(count, 1)), memory.Place(KernelCases.Values(count, 2)));
                var (adversarial, gradient) = (memory.Empty<float>(count), memory.Place(KernelCases.Values(count, 3)));
                LinfStep.Start(images, noise, adversarial);
                LinfStep.Step(gradient, images, Epsilon, Alpha, adversarial);
                LinfStep.Start(images, noise, noise); // in place
                return (float[])[.. adversarial.ToArray(), .. noise.ToArray()];
            },
            $"{count} elements");

    [Test]
    public void RefusesOtherLengths()
    {
        using var a = KernelCases.Hosts[0].Empty(8);
        using var b = KernelCases.Hosts[0].Empty(9);
        Assert.That(() => LinfStep.Start(a, b, a), Throws.TypeOf<ShapeException>());
        Assert.That(() => LinfStep.Step(a, b, 1, 1, a), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void AllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var a = host.Empty(100);
        KernelInvariants.AssertNoAllocation(() => LinfStep.Start(a, a, a), "Start");
        KernelInvariants.AssertNoAllocation(() => LinfStep.Step(a, a, 1, 1, a), "Step");
    }
}
