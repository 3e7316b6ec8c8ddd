using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="Gelu"/> against float64; <see cref="VectorMathTests"/> measures the functions themselves.</summary>
[TestFixture]
public class GeluTests
{
    private static readonly int[] s_lengths = [0, 1, 7, 15, 17, 16384, 16385, 33_331];

    [Test]
    public void ForwardAndBackwardMatchFloat64([ValueSource(nameof(s_lengths))] int length)
    {
        var x = KernelCases.Values(length, 1).Select(v => 6 * v).ToArray();
        var dY = KernelCases.Values(length, 2);
        var expected = Array.ConvertAll(x, v => NormalFunction.Gelu(v));
        var expectedGradient = x.Select((v, i) => dY[i] * Derivative(v)).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded input = device.Place(x), gradient = device.Place(dY), y = device.Empty(length), dX = device.Empty(length);
            Gelu.Forward(input, y);
            KernelCases.AssertClose(y.Values(), expected, 2.5e-7, 4.2e-7, $"{device} forward");
            Gelu.Backward(gradient, input, dX);
            var result = dX.Values();
            KernelCases.AssertClose(result, expectedGradient, 1.5e-7, 1e-7, $"{device} backward");
            Gelu.Backward(gradient, input, gradient);
            Assert.That(gradient.Values(), Is.EqualTo(result), $"{device} backward in place");
            var value = y.Values();
            Gelu.Forward(input, input);
            Assert.That(input.Values(), Is.EqualTo(value), $"{device} forward in place");
        }
    }

    [Test]
    public void ReferenceGradientAgreesWithFiniteDifferences()
    {
        const double step = 1e-5;
        for (var x = -6.0; x <= 6; x += 0.37)
        {
            var difference = (NormalFunction.Gelu(x + step) - NormalFunction.Gelu(x - step)) / (2 * step);
            Assert.That(Derivative(x), Is.EqualTo(difference).Within(1e-9));
        }
    }

    [Test]
    public void BitsDoNotDependOnThreads()
    {
        var x = KernelCases.Values(50_000, 3);
        float[]? first = null;
        for (var threads = 1; threads <= 3; threads++)
        {
            using var host = KernelCases.WithThreads(threads);
            using KernelCases.Guarded input = host.Place(x), y = host.Empty(x.Length);
            Gelu.Forward(input, y);
            first ??= y.Values();
            Assert.That(y.Values(), Is.EqualTo(first));
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var host = KernelCases.Hosts[0];
        using KernelCases.Guarded four = host.Empty(4), five = host.Empty(5);
        Assert.That(() => Gelu.Forward(four, five), Throws.TypeOf<ShapeException>());
        Assert.That(() => Gelu.Backward(five, four, four), Throws.TypeOf<ShapeException>());
        Assert.That(() => Gelu.Backward(four, four, five), Throws.TypeOf<ShapeException>());
    }

    private static double Derivative(double x) => NormalFunction.Cdf(x) + x * NormalFunction.Density(x);
}
