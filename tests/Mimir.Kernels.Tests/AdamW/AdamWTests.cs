using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class AdamWTests
{
    private static readonly AdamWSettings s_settings = new(1e-2f, 0.9f, 0.95f, 1e-5f, 1, 0.25f);

    [Test]
    public void FollowsTheFloat64ReferenceForSeveralSteps([Values(1, 2, 3, 8)] int shards)
    {
        // Gaps before, between and behind; a segment longer than a task; one of no element.
        AdamWSegment[] segments = [new(3, 17, 1, 0), new(20, 0, 1, 1), new(40, 20011, 0.5f, 0.05f), new(20060, 1, 2f, 0.3f)];
        const int count = 20100;
        foreach (var device in KernelCases.Devices)
        {
            var start = KernelCases.Values(count, 1);
            using var w = device.Place(start);
            using var m = device.Place(new float[count]);
            using var v = device.Place(new float[count]);
            var (rw, rm, rv) = (start.Select(x => (double)x).ToArray(), new double[count], new double[count]);
            for (var t = 1; t <= 5; t++)
            {
                var terms = Enumerable.Range(0, shards).Select(i => KernelCases.Values(count, 100 * i + 10 + t)).ToArray();
                var placed = Array.ConvertAll(terms, term => device.Place(term));
                var settings = s_settings with { StepNumber = t, Rate = 1e-2f * t };
                Assert.That(AdamW.Step(w, Spans(placed), m, v, segments, settings));
                AssertTaken(placed, terms, segments);

                // In float32, one array after the other: the order of the sum is part of the contract.
                var gradient = terms.Aggregate((sum, term) => [.. sum.Zip(term, (a, b) => a + b)]);
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

            KernelCases.AssertClose(w.Values(), rw, 3e-7, 3e-7, $"w {device}");
            KernelCases.AssertClose(m.Values(), rm, 3e-8, 3e-7, $"m {device}");
            KernelCases.AssertClose(v.Values(), rv, 1e-10, 1e-6, $"v {device}");
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
                var g = new[] { 2, 5, 6 }.Select(seed => host.Place(KernelCases.Values(50000, seed))).ToArray();
                using var m = host.Place(KernelCases.Values(50000, 3));
                using var v = host.Place([.. KernelCases.Values(50000, 4).Select(Math.Abs)]);
                AdamW.Step(w, Spans(g), m, v, [new(100, 33000, 1, 0.1f), new(0, 99, 1, 0), new(40000, 10000, 0.3f, 0)], s_settings);
                float[] all = [.. w.Values(), .. m.Values(), .. v.Values(), .. g.SelectMany(shard => shard.Values())];
                Array.ForEach(g, shard => shard.Dispose());
                return all;
            },
            "Step");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(1, 3)] int shards) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int count = 9100;
                var w = memory.Place(KernelCases.Values(count, 1));
                var g = Enumerable.Range(0, shards).Select(i => memory.Place(KernelCases.Values(count, 10 + i))).ToArray();
                var m = memory.Place(KernelCases.Values(count, 2));
                var v = memory.Place(KernelCases.Values(count, 3).Select(Math.Abs).ToArray());
                AdamW.Step(w, g, m, v, [new(8, 4400, 1, 0.1f), new(0, 7, 1, 0), new(4409, 4097, 0.3f, 0), new(9000, 0, 1, 1)], s_settings);
                return (float[])[.. w.ToArray(), .. m.ToArray(), .. v.ToArray(), .. g.SelectMany(shard => shard.ToArray())];
            },
            $"{shards} gradients");

    [Test]
    public void EveryDeviceGivesTheSameBits([Values(1, 3)] int shards)
    {
        uint[]? first = null;
        foreach (var device in KernelCases.Devices)
        {
            const int count = 5003;
            using var w = device.Place(KernelCases.Values(count, 1));
            var g = Enumerable.Range(0, shards).Select(i => device.Place(KernelCases.Values(count, 10 + i))).ToArray();
            using var m = device.Place(KernelCases.Values(count, 2));
            using var v = device.Place([.. KernelCases.Values(count, 3).Select(Math.Abs)]);
            AdamW.Step(w, Spans(g), m, v, [new(0, 4200, 1, 0.1f), new(4201, 802, 0.3f, 0)], s_settings with { StepNumber = 7 });
            uint[] bits = [.. w.Values().Concat(m.Values()).Concat(v.Values()).Select(BitConverter.SingleToUInt32Bits)];
            Array.ForEach(g, shard => shard.Dispose());
            first ??= bits;
            Assert.That(bits.AsSpan().SequenceEqual(first), $"{device} against {KernelCases.Hosts[0]}");
        }
    }

    [TestCase(1, 1)]
    [TestCase(2, 1)]
    [TestCase(8, 15)]
    [TestCase(3, 30001)]
    [TestCase(8, 16399)]
    public void ShardsGiveTheBitsOfTheirStoredSum(int shards, int count)
    {
        foreach (var device in KernelCases.Devices)
        {
            var placed = Enumerable.Range(0, shards).Select(i => device.Place(KernelCases.Values(count, 10 + i))).ToArray();
            using var sum = device.Place(placed[0].Values());
            for (var i = 1; i < shards; i++)
                Reduce.AddInto(placed[i], sum);
            var expected = Step(sum);
            Assert.That(MemoryMarshal.AsBytes<float>(Step(placed)).SequenceEqual(MemoryMarshal.AsBytes<float>(expected)), $"{device}");
            Array.ForEach(placed, shard => shard.Dispose());

            float[] Step(params KernelCases.Guarded[] gradients)
            {
                using var w = device.Place(KernelCases.Values(count, 1));
                using var m = device.Place(KernelCases.Values(count, 2));
                using var v = device.Place([.. KernelCases.Values(count, 3).Select(Math.Abs)]);
                AdamW.Step(w, Spans(gradients), m, v, [new(0, count, 1, 0.1f)], s_settings);
                return [.. w.Values(), .. m.Values(), .. v.Values()];
            }
        }
    }

    [Test]
    public void TellsOfGradientsThatAreNotFinite([Values(1, 4)] int shards)
    {
        const int count = 20003;
        AdamWSegment[] segments = [new(0, 20, 1, 0), new(32, count - 33, 1, 0)];
        foreach (var device in KernelCases.Devices)
        {
            foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f })
            foreach (var at in new[] { 0, 19, 32, 17000, count - 2 })
                Assert.That(Step(at, bad), Is.False, $"{device}: {bad} at {at}");
            Assert.That(Step(25, float.NaN), Is.True, $"{device}: in no segment");

            bool Step(int at, float value)
            {
                using var w = device.Place(new float[count]);
                using var m = device.Place(new float[count]);
                using var v = device.Place(new float[count]);
                var placed = Enumerable.Range(0, shards).Select(_ => device.Place(new float[count])).ToArray();
                placed[^1].Span.Slice(at, 1).CopyFrom([value]);
                var finite = AdamW.Step(w, Spans(placed), m, v, segments, s_settings);
                Array.ForEach(placed, shard => shard.Dispose());
                return finite;
            }
        }
    }

    [Test]
    public void RefusesSegmentsThatLeaveOrOverlapAndGradientsOfOtherShapes()
    {
        using var host = KernelCases.WithThreads(1);
        using var w = host.Place(new float[100]);
        using var g = host.Place(new float[100]);
        using var m = host.Place(new float[100]);
        using var v = host.Place(new float[100]);
        void Step(params AdamWSegment[] segments) => AdamW.Step(w, [g], m, v, segments, s_settings);
        Assert.That(() => Step(new AdamWSegment(90, 11, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(new AdamWSegment(-1, 2, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(new(50, 10, 1, 0), new(0, 50, 1, 0)), Throws.Nothing);
        Assert.That(() => Step(new(50, 10, 1, 0), new(0, 51, 1, 0)), Throws.TypeOf<ShapeException>().With.Message.Contains("overlap"));
        Assert.That(() => Step(new(0, 10, 1, 0), new(9, 1, 1, 0)), Throws.TypeOf<ShapeException>());
        Assert.That(() => Step(), Throws.Nothing);
        Assert.That(
            () => AdamW.Step(w, [g], m, v.Span.Slice(0, 99), [], s_settings), Throws.TypeOf<ShapeException>());
        Assert.That(() => AdamW.Step(w, [g, g.Span.Slice(0, 99)], m, v, [], s_settings), Throws.TypeOf<ShapeException>());
        Assert.That(() => AdamW.Step(w, [], m, v, [], s_settings), Throws.TypeOf<ShapeException>());
        Assert.That(() => AdamW.Step(w, new DeviceSpan<float>[9], m, v, [], s_settings), Throws.TypeOf<ShapeException>());
        Assert.That(
            () => AdamW.Step(w, [g], m, v, [], s_settings with { StepNumber = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => AdamW.Step(w, [g], m, v, [], s_settings with { Beta2 = 1 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        AdamWSegment[] two = [new(0, 40, 1, 0), new(40, 40, 1, 0)];
        using var h = host.Place(new float[100]);
        DeviceSpan<float>[] gradients = [g, h];
        KernelInvariants.AssertNoAllocation(() => AdamW.Step(w, gradients, m, v, two, s_settings), "Step");
    }

    private static DeviceSpan<float>[] Spans(KernelCases.Guarded[] placed) => Array.ConvertAll(placed, shard => shard.Span);

    /// <summary>Requires zeros in the segments and the old values elsewhere, and gives the arrays back.</summary>
    private static void AssertTaken(KernelCases.Guarded[] placed, float[][] before, AdamWSegment[] segments)
    {
        for (var shard = 0; shard < placed.Length; shard++)
        {
            var expected = (float[])before[shard].Clone();
            foreach (var segment in segments)
                expected.AsSpan((int)segment.Offset, (int)segment.Count).Clear();
            Assert.That(placed[shard].Values().AsSpan().SequenceEqual(expected), $"shard {shard}");
            placed[shard].Dispose();
        }
    }
}
