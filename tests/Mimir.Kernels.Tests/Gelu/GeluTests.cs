using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;

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

    /// <summary>The GPU's own bounds, with ex2.approx as exact as can be and as far off as its documentation allows.</summary>
    [Test]
    public void AccuracyOnAGpu([Values] ApproximationModel model)
    {
        float[] x = [.. Enumerable.Range(0, 40_001).Select(i => -20f + i / 1000f), .. Enumerable.Range(1, 40).Select(i => MathF.ScaleB(-1.1f, -i))];
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Approximation = model, Checks = EmulatorChecks.All });
        using var input = device.Place(x);
        using var ones = device.Place(Array.ConvertAll(x, _ => 1f));
        using var y = device.Empty(x.Length);
        using var slope = device.Empty(x.Length);
        Gelu.Forward(input, y);
        Gelu.Backward(ones, input, slope);
        var (values, slopes) = (y.Values(), slope.Values());
        for (var i = 0; i < x.Length; i++)
        {
            var expected = NormalFunction.Gelu(x[i]);
            Assert.That(values[i], Is.EqualTo(expected).Within(x[i] > -2 ? 7e-7 * Math.Abs(expected) : 3.5e-8), $"gelu({x[i]:R})");
            Assert.That(slopes[i], Is.EqualTo(Derivative(x[i])).Within(2.5e-7), $"gelu'({x[i]:R})");
        }
    }

    [Test]
    public void SpecialValuesOnAGpu()
    {
        float[] x = [0f, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -1e30f, float.MaxValue, float.NaN];
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All });
        using var input = device.Place(x);
        using var ones = device.Place(Array.ConvertAll(x, _ => 1f));
        using var y = device.Empty(x.Length);
        Gelu.Forward(input, y);
        Assert.That(y.Values(), Is.EqualTo(new[] { 0f, float.PositiveInfinity, 0f, 1e30f, 0f, float.MaxValue, float.NaN }));
        Gelu.Backward(ones, input, y);
        Assert.That(y.Values(), Is.EqualTo(new[] { 0.5f, 1f, 0f, 1f, 0f, 1f, float.NaN }));
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
