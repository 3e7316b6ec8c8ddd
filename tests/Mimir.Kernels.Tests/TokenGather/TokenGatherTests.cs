using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class TokenGatherTests
{
    private static readonly (int Batch, int Patches, int Kept, int Channels)[] s_shapes =
        [(1, 1, 1, 1), (2, 5, 2, 15), (3, 7, 3, 16), (2, 16, 4, 65), (3, 9, 0, 17), (4, 64, 16, 130), (1, 6, 6, 33), (0, 4, 2, 8)];

    /// <summary>A permutation an image: (ids of the first kept, inverse).</summary>
    private static (int[] Ids, int[] Restore) Order(int batch, int patches, int kept)
    {
        var random = new Random(11);
        var ids = new List<int>();
        var restore = new int[batch * patches];
        for (var b = 0; b < batch; b++)
        {
            var order = Enumerable.Range(0, patches).ToArray();
            random.Shuffle(order);
            ids.AddRange(order[..kept]);
            for (var j = 0; j < patches; j++)
                restore[b * patches + order[j]] = j;
        }

        return ([.. ids], restore);
    }

    [Test]
    public void EmbedAndItsGradients([Values] bool withIds)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, patches, kept, channels) in s_shapes)
        {
            var ids = withIds ? Order(batch, patches, kept).Ids : [.. Enumerable.Range(0, batch * kept).Select(i => i % kept)];
            using var tokens = device.Place(KernelCases.Values((long)batch * kept * channels, 1));
            using var classToken = device.Place(KernelCases.Values(channels, 2));
            using var positions = device.Place(KernelCases.Values((patches + 1L) * channels, 3));
            using var numbers = new GuardedArray<int>(device, ids);
            using var y = device.Empty(batch * (kept + 1L) * channels);
            var given = withIds ? numbers.Span : default;
            TokenGather.Embed(tokens, classToken, positions, given, batch, kept, patches, channels, y);

            using var dY = device.Place(KernelCases.Values(y.Span.Length, 4));
            using var dTokens = device.Empty(tokens.Span.Length);
            using var dClass = device.Place(KernelCases.Values(channels, 5));
            using var dPositions = device.Place(KernelCases.Values(positions.Span.Length, 6));
            var expectedClass = dClass.Values().Select(v => (double)v).ToArray();
            var expectedPositions = dPositions.Values().Select(v => (double)v).ToArray();
            TokenGather.EmbedBackward(dY, given, batch, kept, patches, channels, dTokens, dClass, dPositions);

            var (t, cls, pos, slope) = (tokens.Values(), classToken.Values(), positions.Values(), dY.Values());
            var expected = new float[slope.Length];
            var expectedTokens = new float[t.Length];
            for (var b = 0; b < batch; b++)
            for (var row = 0; row <= kept; row++)
            for (var c = 0; c < channels; c++)
            {
                var i = (b * (kept + 1) + row) * channels + c;
                var place = row == 0 ? 0 : 1 + ids[b * kept + row - 1];
                expected[i] = (row == 0 ? cls[c] : t[(b * kept + row - 1) * channels + c]) + pos[place * channels + c];
                expectedPositions[place * channels + c] += slope[i];
                if (row == 0)
                    expectedClass[c] += slope[i];
                else
                    expectedTokens[(b * kept + row - 1) * channels + c] = slope[i];
            }

            var what = $"{device} {batch}x{patches}x{kept}x{channels}";
            Assert.That(y.Values(), Is.EqualTo(expected), what);
            Assert.That(dTokens.Values(), Is.EqualTo(expectedTokens), what);
            KernelCases.AssertClose(dClass.Values(), expectedClass, 1e-6, 1e-6, what);
            KernelCases.AssertClose(dPositions.Values(), expectedPositions, 1e-6, 1e-6, what);
        }
    }

    [Test]
    public void RestoreAndItsGradients()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, patches, kept, channels) in s_shapes)
        {
            var order = Order(batch, patches, kept).Restore;
            using var tokens = device.Place(KernelCases.Values(batch * (kept + 1L) * channels, 1));
            using var maskToken = device.Place(KernelCases.Values(channels, 2));
            using var positions = device.Place(KernelCases.Values((patches + 1L) * channels, 3));
            using var restore = new GuardedArray<int>(device, order);
            using var y = device.Empty(batch * (patches + 1L) * channels);
            TokenGather.Restore(tokens, maskToken, positions, restore, batch, kept, patches, channels, y);

            using var dY = device.Place(KernelCases.Values(y.Span.Length, 4));
            using var dTokens = device.Empty(tokens.Span.Length);
            using var dMask = device.Place(KernelCases.Values(channels, 5));
            var expectedMask = dMask.Values().Select(v => (double)v).ToArray();
            TokenGather.RestoreBackward(dY, restore, batch, kept, patches, channels, dTokens, dMask);

            var (t, mask, pos, slope) = (tokens.Values(), maskToken.Values(), positions.Values(), dY.Values());
            var expected = new float[slope.Length];
            var expectedTokens = new float[t.Length];
            for (var b = 0; b < batch; b++)
            for (var row = 0; row <= patches; row++)
            for (var c = 0; c < channels; c++)
            {
                var i = (b * (patches + 1) + row) * channels + c;
                var r = row == 0 ? 0 : 1 + order[b * patches + row - 1];
                var source = (b * (kept + 1) + r) * channels + c;
                expected[i] = (r <= kept ? t[source] : mask[c]) + pos[row * channels + c];
                if (r <= kept)
                    expectedTokens[source] = slope[i];
                else
                    expectedMask[c] += slope[i];
            }

            var what = $"{device} {batch}x{patches}x{kept}x{channels}";
            Assert.That(y.Values(), Is.EqualTo(expected), what);
            Assert.That(dTokens.Values(), Is.EqualTo(expectedTokens), what);
            KernelCases.AssertClose(dMask.Values(), expectedMask, 5e-6, 1e-6, what);
        }
    }

    [Test]
    public void SharingDoesNotChangeBits()
    {
        const int batch = 9, patches = 64, kept = 16, channels = 200;
        var (ids, restore) = Order(batch, patches, kept);
        KernelInvariants.AssertSameBits<float>(
            host =>
            {
                using var numbers = new GuardedArray<int>(host, ids);
                using var places = new GuardedArray<int>(host, restore);
                using var dShort = host.Place(KernelCases.Values(batch * (kept + 1) * channels, 1));
                using var dLong = host.Place(KernelCases.Values(batch * (patches + 1) * channels, 2));
                using var dTokens = host.Empty(batch * (kept + 1) * channels);
                using var dClass = host.Place(new float[channels]);
                using var dPositions = host.Place(new float[(patches + 1) * channels]);
                using var dMask = host.Place(new float[channels]);
                TokenGather.EmbedBackward(dShort, numbers, batch, kept, patches, channels, default, dClass, dPositions);
                TokenGather.RestoreBackward(dLong, places, batch, kept, patches, channels, dTokens, dMask);
                return [.. dClass.Values(), .. dPositions.Values(), .. dMask.Values(), .. dTokens.Values()];
            },
            "backward");
    }

    [TestCase(3, 6, 2, 12)]
    [TestCase(35, 40, 34, 33)]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace(int batch, int patches, int kept, int channels) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var (order, inverse) = Order(batch, patches, kept);
                var (ids, restore) = (memory.Place(order), memory.Place(inverse));
                DeviceSpan<float> Values(int count, int seed) => memory.Place(KernelCases.Values(count, seed));
                var (token, positions) = (Values(channels, 1), Values((patches + 1) * channels, 2));
                var (tokens, shortOnes) = (Values(batch * kept * channels, 3), memory.Empty<float>(batch * (kept + 1) * channels));
                TokenGather.Embed(tokens, token, positions, ids, batch, kept, patches, channels, shortOnes);
                var longOnes = memory.Empty<float>(batch * (patches + 1) * channels);
                TokenGather.Restore(shortOnes, token, positions, restore, batch, kept, patches, channels, longOnes);
                var (dShort, dMask) = (memory.Empty<float>(shortOnes.Length), Values(channels, 4));
                TokenGather.RestoreBackward(longOnes, restore, batch, kept, patches, channels, dShort, dMask);
                var dTokens = memory.Empty<float>(tokens.Length);
                var (dClass, dPositions) = (Values(channels, 5), Values((patches + 1) * channels, 6));
                TokenGather.EmbedBackward(dShort, ids, batch, kept, patches, channels, dTokens, dClass, dPositions);
                TokenGather.EmbedBackward(dShort, default, batch, kept, patches, channels, default, default, positions);
                return new[] { shortOnes, longOnes, dShort, dMask, dTokens, dClass, dPositions, positions }
                    .SelectMany(result => result.ToArray()).ToArray();
            },
            $"{batch} x {patches} x {kept} x {channels}");

    [Test]
    public void UnwantedGradientsMayBeLeftOutAndBadIndicesAreRefused()
    {
        using var host = KernelCases.WithThreads(1);
        using var ids = new GuardedArray<int>(host, [0, 4]);
        using var dY = host.Place(KernelCases.Values(3 * 8, 1));
        using var dPositions = host.Place(new float[5 * 8]);
        using var restore = new GuardedArray<int>(host, [0, 1, 2, -1]);
        using var dLong = host.Place(KernelCases.Values(5 * 8, 1));
        TokenGather.EmbedBackward(dY, ids, 1, 2, 4, 8, default, default, default);
        KernelInvariants.AssertNoAllocation(
            () => TokenGather.EmbedBackward(dY, default, 1, 2, 4, 8, default, default, dPositions), "EmbedBackward");
        Assert.That(
            () => TokenGather.EmbedBackward(dY, ids, 1, 2, 4, 8, default, default, dPositions),
            Throws.TypeOf<ShapeException>().With.Message.Contains("patch number 4"));
        Assert.That(
            () => TokenGather.RestoreBackward(dLong, restore, 1, 2, 4, 8, dY, default),
            Throws.TypeOf<ShapeException>().With.Message.Contains("-1"));
        Assert.That(
            () => TokenGather.RestoreBackward(dLong, restore, 1, 3, 4, 8, dY, default), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void AGpuMarksRowsOfBadIndicesAndLeavesTheirGradientsOut()
    {
        foreach (var gpu in KernelCases.Devices.OfType<PtxDevice>())
        {
            const int channels = 8;
            using var ids = new GuardedArray<int>(gpu, [0, 4, -1, 3]);
            using var restore = new GuardedArray<int>(gpu, [0, 9, 1, -2]);
            using var zeros = gpu.Place(new float[5 * channels]);
            using var token = gpu.Place(new float[channels]);
            using var y = gpu.Empty(5 * channels);
            TokenGather.Embed(zeros.Span.Slice(0, 4 * channels), token, zeros, ids, 1, 4, 4, channels, y);
            Assert.That(Bad(y), Is.EqualTo([2, 3]), $"{gpu}: embed");
            TokenGather.Restore(zeros.Span.Slice(0, 3 * channels), token, zeros, restore, 1, 2, 4, channels, y);
            Assert.That(Bad(y), Is.EqualTo([2, 4]), $"{gpu}: restore");

            using var ones = gpu.Place([.. Enumerable.Repeat(1f, 5 * channels)]);
            using var dPositions = gpu.Place(new float[5 * channels]);
            using var dTokens = gpu.Empty(3 * channels);
            TokenGather.EmbedBackward(ones, ids, 1, 4, 4, channels, default, default, dPositions);
            Assert.That(dPositions.Values().Chunk(channels).Select(row => row[0]), Is.EqualTo([1f, 1f, 0f, 0f, 1f]), $"{gpu}: positions");
            TokenGather.RestoreBackward(ones, restore, 1, 2, 4, channels, dTokens, default);
            Assert.That(dTokens.Values(), Has.All.EqualTo(1f), $"{gpu}: tokens");
        }

        static IEnumerable<int> Bad(KernelCases.Guarded rows) =>
            rows.Values().Chunk(8).Select((row, i) => (row, i)).Where(pair => pair.row.All(float.IsNaN)).Select(pair => pair.i);
    }
}
