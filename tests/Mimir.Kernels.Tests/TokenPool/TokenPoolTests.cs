using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class TokenPoolTests
{
    private static readonly (int Batch, int Tokens, int Channels)[] s_shapes =
        [(1, 2, 1), (2, 3, 15), (3, 5, 16), (2, 65, 192), (1, 17, 33), (5, 4, 31), (2, 2, 67), (0, 4, 8), (2, 5, 0)];

    [Test]
    public void MeanAndItsGradientMatchTheReference()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, tokens, channels) in s_shapes)
        {
            using var x = device.Place(KernelCases.Values((long)batch * tokens * channels, 1));
            using var y = device.Empty((long)batch * channels);
            using var dY = device.Place(KernelCases.Values((long)batch * channels, 2));
            using var dX = device.Empty((long)batch * tokens * channels);
            TokenPool.Mean(x, batch, tokens, channels, y);
            TokenPool.MeanBackward(dY, batch, tokens, channels, dX);
            var (input, slope) = (x.Values(), dY.Values());
            var mean = new double[batch * channels];
            var gradient = new double[input.Length];
            for (var b = 0; b < batch; b++)
            for (var t = 1; t < tokens; t++)
            for (var c = 0; c < channels; c++)
            {
                mean[b * channels + c] += (double)input[(b * tokens + t) * channels + c] / (tokens - 1);
                gradient[(b * tokens + t) * channels + c] = (double)slope[b * channels + c] / (tokens - 1);
            }

            KernelCases.AssertClose(y.Values(), mean, 2e-7, 1e-6, $"mean {device} {batch}x{tokens}x{channels}");
            KernelCases.AssertClose(dX.Values(), gradient, 0, 2e-7, $"gradient {device} {batch}x{tokens}x{channels}");
        }
    }

    [Test]
    public void ClassTakesTokenZero()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, tokens, channels) in s_shapes.Append((3, 1, 19)))
        {
            using var x = device.Place(KernelCases.Values((long)batch * tokens * channels, 1));
            using var y = device.Empty((long)batch * channels);
            using var dX = device.Empty((long)batch * tokens * channels);
            TokenPool.Class(x, batch, tokens, channels, y);
            TokenPool.ClassBackward(y, batch, tokens, channels, dX);
            var input = x.Values();
            var expected = input.Select((value, i) => i / Math.Max(1, channels) % tokens == 0 ? value : 0f).ToArray();
            Assert.That(dX.Values(), Is.EqualTo(expected));
            Assert.That(y.Values(), Is.EqualTo(input.Where((_, i) => i / channels % tokens == 0)));
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using var x = host.Place(KernelCases.Values(7 * 65 * 50, 4));
                using var y = host.Empty(7 * 50);
                TokenPool.Mean(x, 7, 65, 50, y);
                return y.Values();
            },
            "Mean");

    [TestCase(3, 19, 36)]
    [TestCase(2, 4, 7)]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace(int batch, int tokens, int channels) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var x = memory.Place(KernelCases.Values(batch * tokens * channels, 1));
                var (mean, cls) = (memory.Empty<float>(batch * channels), memory.Empty<float>(batch * channels));
                var (dMean, dClass) = (memory.Empty<float>(x.Length), memory.Empty<float>(x.Length));
                TokenPool.Mean(x, batch, tokens, channels, mean);
                TokenPool.MeanBackward(mean, batch, tokens, channels, dMean);
                TokenPool.Class(x, batch, tokens, channels, cls);
                TokenPool.ClassBackward(cls, batch, tokens, channels, dClass);
                return (float[])[.. mean.ToArray(), .. dMean.ToArray(), .. cls.ToArray(), .. dClass.ToArray()];
            },
            $"{batch} x {tokens} x {channels}");

    [Test]
    public void RefusesTooFewTokensAndWrongLengths()
    {
        using var x = KernelCases.Hosts[0].Empty(8);
        using var y = KernelCases.Hosts[0].Empty(8);
        Assert.That(() => TokenPool.Mean(x, 1, 1, 8, y), Throws.TypeOf<ShapeException>());
        Assert.That(() => TokenPool.Class(x, 1, 2, 4, y), Throws.TypeOf<ShapeException>());
    }
}
