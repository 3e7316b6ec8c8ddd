using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class MaskedMseTests
{
    private static readonly (int Batch, int Patches, int Values)[] s_shapes =
        [(1, 1, 2), (2, 3, 12), (3, 4, 15), (2, 4, 16), (2, 5, 17), (2, 8, 48), (1, 2, 768), (3, 2, 31), (0, 4, 12), (2, 0, 12)];

    private static float[] Mask(int count) => [.. Enumerable.Range(0, count).Select(i => i % 4 == 0 ? 0f : i % 7 == 3 ? 0.5f : 1f)];

    /// <summary>The loss in float64, and its gradients by the chain rule written out patch by patch.</summary>
    private static (double[] Losses, double[] DPrediction, double[] DTarget) Reference(
        float[] prediction, float[] target, float[] mask, int batch, int patches, int values, bool normalise, double scale)
    {
        var (losses, dPrediction, dTarget) = (new double[batch], new double[prediction.Length], new double[target.Length]);
        for (var b = 0; b < batch; b++)
        for (var l = 0; l < patches; l++)
        {
            var x = target.AsSpan((b * patches + l) * values, values).ToArray().Select(v => (double)v).ToArray();
            var p = prediction.AsSpan((b * (patches + 1) + 1 + l) * values, values).ToArray();
            var mean = normalise ? x.Average() : 0;
            var rstd = normalise ? 1 / Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / (values - 1) + 1e-6) : 1;
            var t = x.Select(v => (v - mean) * rstd).ToArray();
            var weight = mask[b * patches + l];
            losses[b] += weight * t.Select((aim, v) => (p[v] - aim) * (p[v] - aim)).Average();
            var g = t.Select((aim, v) => -2 * scale * weight / values * (p[v] - aim)).ToArray();
            var product = g.Select((slope, v) => slope * t[v]).Sum();
            for (var v = 0; v < values; v++)
            {
                dPrediction[(b * (patches + 1) + 1 + l) * values + v] = -g[v];
                dTarget[(b * patches + l) * values + v] = normalise ? rstd * (g[v] - g.Average() - t[v] * product / (values - 1)) : g[v];
            }
        }

        return (losses, dPrediction, dTarget);
    }

    [Test]
    public void MatchesTheReference([Values] bool normalise, [Values(0f, 0.5f)] float offset)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, patches, values) in s_shapes)
        {
            using var prediction = device.Place(KernelCases.Values(batch * (patches + 1L) * values, 1));
            using var target = device.Place([.. KernelCases.Values((long)batch * patches * values, 2).Select(v => offset + 0.5f * v)]);
            using var mask = device.Place(Mask(batch * patches));
            using var losses = device.Empty(batch);
            using var dPrediction = device.Empty(prediction.Span.Length);
            using var dTarget = device.Empty(target.Span.Length);
            using var alone = device.Empty(prediction.Span.Length);
            MaskedMse.Forward(prediction, target, mask, batch, patches, values, normalise, losses);
            MaskedMse.Backward(prediction, target, mask, batch, patches, values, normalise, 1.7f, dPrediction, dTarget);
            MaskedMse.Backward(prediction, target, mask, batch, patches, values, normalise, 1.7f, alone, default);
            var expected = Reference(prediction.Values(), target.Values(), mask.Values(), batch, patches, values, normalise, 1.7f);
            var what = $"{device} {batch}x{patches}x{values}";
            KernelCases.AssertClose(losses.Values(), expected.Losses, 1e-6, 2e-6, what);
            KernelCases.AssertClose(dPrediction.Values(), expected.DPrediction, 1e-6, 2e-6, what);
            KernelCases.AssertClose(dTarget.Values(), expected.DTarget, 5e-6, 1e-5, what);
            Assert.That(alone.Values(), Is.EqualTo(dPrediction.Values()), what);
        }
    }

    [Test]
    public void TheTargetsGradientIsTheSlopeOfTheLoss([Values] bool normalise)
    {
        const int batch = 2, patches = 2, values = 5;
        var (prediction, target) = (KernelCases.Values(batch * (patches + 1) * values, 1), KernelCases.Values(batch * patches * values, 2));
        float[] mask = [1, 1, 0, 1];
        var host = KernelCases.Hosts[^1];
        using var p = host.Place(prediction);
        using var t = host.Place(target);
        using var m = host.Place(mask);
        using var dP = host.Empty(prediction.Length);
        using var dT = host.Empty(target.Length);
        MaskedMse.Backward(p, t, m, batch, patches, values, normalise, 1, dP, dT);
        var slopes = dT.Values();
        for (var i = 0; i < target.Length; i++)
        {
            const float step = 1f / 1024;
            double Loss(float move)
            {
                var moved = (float[])target.Clone();
                moved[i] += move;
                return Reference(prediction, moved, mask, batch, patches, values, normalise, 1).Losses.Sum();
            }

            Assert.That(slopes[i], Is.EqualTo((Loss(step) - Loss(-step)) / (2 * step)).Within(2e-4), $"value {i}");
        }
    }

    [Test]
    public void AFlatPatchIsZeroAfterNormalisation([Values(0.7f, 100.3f)] float level)
    {
        foreach (var device in KernelCases.Devices)
        {
            const int values = 48;
            using var prediction = device.Place(KernelCases.Values(2 * values, 1));
            using var target = device.Place([.. Enumerable.Repeat(level, values)]);
            using var mask = device.Place([1f]);
            using var losses = device.Empty(1);
            using var dPrediction = device.Empty(2 * values);
            using var dTarget = device.Empty(values);
            MaskedMse.Forward(prediction, target, mask, 1, 1, values, true, losses);
            MaskedMse.Backward(prediction, target, mask, 1, 1, values, true, 1, dPrediction, dTarget);
            var p = prediction.Values()[values..];
            var expected = p.Select(v => -2.0 / values * v).ToArray();
            Assert.That(losses.Values()[0], Is.EqualTo(p.Average(v => (double)v * v)).Within(1e-6));
            var slopes = expected.Select(g => 1000 * (g - expected.Average())).ToArray();
            KernelCases.AssertClose(dTarget.Values(), slopes, 1e-3, 1e-5, $"{device}");
        }
    }

    [Test]
    public void ALargeCommonOffsetCostsNoDigits()
    {
        // Steps of 1/4096 around 8: exact in float32, standard deviation some 0.03.
        const int values = 192;
        var target = KernelCases.Values(values, 5).Select(v => 8 + MathF.Round(v * 200) / 4096).ToArray();
        foreach (var device in KernelCases.Devices)
        {
            using var prediction = device.Place(KernelCases.Values(2 * values, 1));
            using var given = device.Place(target);
            using var mask = device.Place([1f]);
            using var losses = device.Empty(1);
            MaskedMse.Forward(prediction, given, mask, 1, 1, values, true, losses);
            var expected = Reference(prediction.Values(), target, [1f], 1, 1, values, true, 1).Losses;
            KernelCases.AssertClose(losses.Values(), expected, 0, 5e-7, $"{device}");
        }
    }

    [Test]
    public void MatchesThePublishedCheckValue()
    {
        // Targets 0..11 / 11, prediction 0, normalised.
        using var prediction = KernelCases.Hosts[^1].Place(new float[24]);
        using var target = KernelCases.Hosts[^1].Place([.. Enumerable.Range(0, 12).Select(i => i / 11f)]);
        using var mask = KernelCases.Hosts[^1].Place([1f]);
        using var losses = KernelCases.Hosts[^1].Empty(1);
        MaskedMse.Forward(prediction, target, mask, 1, 1, 12, true, losses);
        Assert.That(losses.Values()[0], Is.EqualTo(0.9166581348).Within(2e-7));
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits<float>(
            host =>
            {
                using var prediction = host.Place(KernelCases.Values(5 * 9 * 48, 1));
                using var target = host.Place(KernelCases.Values(5 * 8 * 48, 2));
                using var mask = host.Place(Mask(5 * 8));
                using var losses = host.Empty(5);
                using var dPrediction = host.Empty(5 * 9 * 48);
                using var dTarget = host.Empty(5 * 8 * 48);
                MaskedMse.Forward(prediction, target, mask, 5, 8, 48, true, losses);
                MaskedMse.Backward(prediction, target, mask, 5, 8, 48, true, 1, dPrediction, dTarget);
                return [.. losses.Values(), .. dPrediction.Values(), .. dTarget.Values()];
            },
            "MaskedMse");

    [TestCase(3, 9, 48, true)]
    [TestCase(2, 3, 150, true)]
    [TestCase(2, 3, 13, false)]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace(int batch, int patches, int values, bool normalise) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var prediction = memory.Place(KernelCases.Values(batch * (patches + 1) * values, 1));
                var (target, mask) = (memory.Place(KernelCases.Values(batch * patches * values, 2)), memory.Place(Mask(batch * patches)));
                var (losses, dPrediction, dTarget) =
                    (memory.Empty<float>(batch), memory.Empty<float>(prediction.Length), memory.Empty<float>(target.Length));
                MaskedMse.Forward(prediction, target, mask, batch, patches, values, normalise, losses);
                MaskedMse.Backward(prediction, target, mask, batch, patches, values, normalise, 1.3f, dPrediction, dTarget);
                return (float[])[.. losses.ToArray(), .. dPrediction.ToArray(), .. dTarget.ToArray()];
            },
            $"{batch} x {patches} x {values}");

    [Test]
    public void RefusesOneValueWithNormalisationAndAllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var prediction = host.Place([1f, 2f]);
        using var target = host.Place([1f]);
        using var losses = host.Empty(1);
        Assert.That(
            () => MaskedMse.Forward(prediction, target, target, 1, 1, 1, true, losses),
            Throws.TypeOf<ShapeException>().With.Message.Contains("variance"));
        MaskedMse.Forward(prediction, target, target, 1, 1, 1, false, losses);
        Assert.That(losses.Values()[0], Is.EqualTo(1f));
        KernelInvariants.AssertNoAllocation(() => MaskedMse.Forward(prediction, target, target, 1, 1, 1, false, losses), "Forward");
        KernelInvariants.AssertNoAllocation(
            () => MaskedMse.Backward(prediction, target, target, 1, 1, 1, false, 1, prediction, default), "Backward");
    }
}
