using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class L2StepTests
{
    private static readonly (int Batch, int Values)[] s_shapes = [(0, 4), (1, 1), (2, 17), (3, 16), (4, 33), (3, 3073), (2, 1025)];

    private static float[] Pixels(long count, int seed) => [.. KernelCases.Values(count, seed).Select(value => 0.5f + 0.5f * value)];

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));

    [Test]
    public void StartPutsEachImageOnItsRadius()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, values) in s_shapes)
        {
            var (x, n) = (Pixels((long)batch * values, 1), KernelCases.Values((long)batch * values, 2));
            if (batch == 3)
                Array.Clear(n, 0, values); // noise of length 0
            var radius = KernelCases.Values(batch, 3).Select(Math.Abs).ToArray();
            using var images = device.Place(x);
            using var noise = device.Place(n);
            using var radii = device.Place(radius);
            using var adversarial = device.Empty(x.Length);
            L2Step.Start(images, noise, radii, batch, values, 0.5f, adversarial);
            var expected = new double[x.Length];
            for (var b = 0; b < batch; b++)
            {
                var norm = Norm(n.Skip(b * values).Take(values).Select(v => (double)v));
                for (var i = b * values; i < (b + 1) * values; i++)
                    expected[i] = Math.Clamp(x[i] + (norm > 0 ? 0.5 * radius[b] * n[i] / norm : 0), 0, 1);
            }

            KernelCases.AssertClose(adversarial.Values(), expected, 3e-7, 0, $"{device} {batch}x{values}");
        }
    }

    [Test]
    public void StepMatchesTheReferenceInsideAndOutsideTheBall([Values(0.05f, 0.6f, 5f)] float epsilon, [Values(0.1f, 1f)] float alpha)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, values) in s_shapes)
        {
            var (x, g) = (Pixels((long)batch * values, 1), KernelCases.Values((long)batch * values, 2));
            var a = x.Zip(KernelCases.Values(x.Length, 4), (pixel, noise) => Math.Clamp(pixel + 0.01f * noise, 0f, 1f)).ToArray();
            if (batch == 3)
                Array.Clear(g, values, values);
            using var gradient = device.Place(g);
            using var images = device.Place(x);
            using var adversarial = device.Place(a);
            L2Step.Step(gradient, images, batch, values, epsilon, alpha, adversarial);
            var result = adversarial.Values();
            var expected = new double[x.Length];
            for (var b = 0; b < batch; b++)
            {
                var range = Enumerable.Range(b * values, values).ToArray();
                var norm = Norm(range.Select(i => (double)g[i])) + 1e-10;
                var delta = range.Select(i => a[i] + alpha * g[i] / norm - x[i]).ToArray();
                var factor = Math.Min(1, epsilon / Norm(delta));
                for (var i = 0; i < values; i++)
                    expected[range[i]] = Math.Clamp(x[range[i]] + delta[i] * factor, 0, 1);
                Assert.That(Norm(range.Select(i => (double)result[i] - x[i])), Is.LessThanOrEqualTo(epsilon + 1e-6));
            }

            KernelCases.AssertClose(result, expected, 5e-7, 0, $"{device} {batch}x{values}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var gradient = host.Place(KernelCases.Values(5 * 3001, 1));
                using var images = host.Place(Pixels(5 * 3001, 2));
                using var adversarial = host.Place(Pixels(5 * 3001, 3));
                L2Step.Step(gradient, images, 5, 3001, 0.5f, 0.2f, adversarial);
                return adversarial.Values();
            },
            "Step");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(3, 20, 3074)] int values) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int batch = 3;
                var (images, noise) = (memory.Place(Pixels(batch * values, 1)), memory.Place(KernelCases.Values(batch * values, 2)));
                var (radius, adversarial) = (memory.Place(KernelCases.Values(batch, 3)), memory.Empty<float>(batch * values));
                L2Step.Start(images, noise, radius, batch, values, 0.8f, adversarial);
                L2Step.Step(noise, images, batch, values, 0.5f, 0.3f, adversarial);
                L2Step.Start(images, noise, radius, batch, values, 0.8f, noise); // in place
                return (float[])[.. adversarial.ToArray(), .. noise.ToArray()];
            },
            $"{values} values");

    [Test]
    public void RefusesOtherLengths()
    {
        using var a = KernelCases.Hosts[0].Empty(8);
        using var b = KernelCases.Hosts[0].Empty(9);
        Assert.That(() => L2Step.Start(a, a, b, 1, 8, 1, a), Throws.TypeOf<ShapeException>());
        Assert.That(() => L2Step.Step(a, b, 1, 8, 1, 1, a), Throws.TypeOf<ShapeException>());
        KernelInvariants.AssertNoAllocation(() => L2Step.Step(a, a, 1, 8, 1, 1, a), "Step");
    }
}
