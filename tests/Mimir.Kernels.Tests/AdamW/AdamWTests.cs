using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class AdamWTests
{
    private static readonly AdamWSettings s_settings = new(1e-2f, 0.9f, 0.95f, 1e-5f, 1, 0.25f);

    [Test]
    public void FollowsTheFloat64ReferenceForSeveralSteps()
    {
        // Gaps before, between and behind; a segment longer than a task; one of no element.
        AdamWSegment[] segments = [new(3, 17, 1, 0), new(20, 0, 1, 1), new(40, 20011, 0.5f, 0.05f), new(20060, 1, 2f, 0.3f)];
        const int count = 20100;
        foreach (var host in KernelCases.Hosts)
        {
            var start = KernelCases.Values(count, 1);
            using var w = host.Place(start);
            using var m = host.Place(new float[count]);
            using var v = host.Place(new float[count]);
            var (rw, rm, rv) = (start.Select(x => (double)x).ToArray(), new double[count], new double[count]);
            for (var t = 1; t <= 5; t++)
            {
                using var g = host.Place(KernelCases.Values(count, 10 + t));
                var settings = s_settings with { StepNumber = t, Rate = 1e-2f * t };
                AdamW.Step(w, g, m, v, segments, settings);
                var gradient = g.Values();
                foreach (var segment in segments)
                for (var i = segment.Offset; i < segment.Offset + segment.Count; i++)
                {
                    var rate = (double)settings.Rate * segment.RateScale;
                    var scaled = (double)gradient[i] * settings.GradientScale;
                    rw[i] -= rate * segment.WeightDecay * rw[i];
                    rm[i] = settings.Beta1 * rm[i] + (1 - (double)settings.Beta1) * scaled;
                    rv[i] = settings.Beta2 * rv[i] + (1 - (double)settings.Beta2) * scaled * scaled;
                    var root = Math.Sqrt(rv[i]) / Math.Sqrt(1 - Math.Pow(settings.Beta2, t)) + settings.Epsilon;
                    rw[i] -= rate / (1 - Math.Pow(settings.Beta1, t)) * rm[i] / root;
                }
            }

            KernelCases.AssertClose(w.Values(), rw, 3e-7, 3e-7, $"w {host.Width}");
            KernelCases.AssertClose(m.Values(), rm, 3e-8, 3e-7, $"m {host.Width}");
            KernelCases.AssertClose(v.Values(), rv, 1e-10, 1e-6, $"v {host.Width}");
            var result = w.Values();
            foreach (var frozen in new[] { 0, 2, 20, 39, 20051, 20059, 20061, count - 1 })
                Assert.That(result[frozen], Is.EqualTo(start[frozen]), $"element {frozen}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits<float>(
            host =>
            {
                using var w = host.Place(KernelCases.Values(50000, 1));
                using var g = host.Place(KernelCases.Values(50000, 2));
                using var m = host.Place(KernelCases.Values(50000, 3));
                using var v = host.Place([.. KernelCases.Values(50000, 4).Select(Math.Abs)]);
                AdamW.Step(w, g, m, v, [new(100, 33000, 1, 0.1f), new(0, 99, 1, 0), new(40000, 10000, 0.3f, 0)], s_settings);
                return [.. w.Values(), .. m.Values(), .. v.Values()];
            },
            "Step");

    [Test]
    public void RefusesSegmentsThatLeaveOrOverlap()
    {
        using var host = KernelCases.WithThreads(1);
        using var w = host.Place(new float[100]);
        using var g = host.Place(new float[100]);
        using var m = host.Place(new float[100]);
        using var v = host.Place(new float[100]);
        void Step(params AdamWSegment[] segments) => AdamW.Step(w, g, m, v, segments, s_settings);
        Assert.That(() => Step(new AdamWSegment(90, 11, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(new AdamWSegment(-1, 2, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(new(50, 10, 1, 0), new(0, 50, 1, 0)), Throws.Nothing);
        Assert.That(() => Step(new(50, 10, 1, 0), new(0, 51, 1, 0)), Throws.TypeOf<ShapeException>().With.Message.Contains("overlap"));
        Assert.That(() => Step(new(0, 10, 1, 0), new(9, 1, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(), Throws.Nothing);
        Assert.That(
            () => AdamW.Step(w, g, m, v.Span.Slice(0, 99), [], s_settings), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => AdamW.Step(w, g, m, v, [], s_settings with { StepNumber = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => AdamW.Step(w, g, m, v, [], s_settings with { Beta2 = 1 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        AdamWSegment[] two = [new(0, 40, 1, 0), new(40, 40, 1, 0)];
        KernelInvariants.AssertNoAllocation(() => AdamW.Step(w, g, m, v, two, s_settings), "Step");
    }
}
