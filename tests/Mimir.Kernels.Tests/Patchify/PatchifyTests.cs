using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class PatchifyTests
{
    private static readonly (int Batch, int Channels, int Height, int Width, int Patch, int Kept)[] s_shapes =
    [
        (2, 3, 8, 8, 4, 1), (3, 1, 6, 10, 2, 7), (1, 3, 12, 9, 3, 12), (2, 3, 32, 16, 16, 2), (2, 2, 5, 7, 1, 11), (1, 5, 14, 7, 7, 1),
        (5, 3, 16, 16, 8, 0), (0, 3, 4, 4, 2, 4), (1, 3, 4, 4, 4, 1),
    ];

    private static int[] Ids(int batch, int patches, int kept, int seed)
    {
        var random = new Random(seed);
        var ids = new List<int>();
        for (var b = 0; b < batch; b++)
        {
            var all = Enumerable.Range(0, patches).ToArray();
            random.Shuffle(all);
            ids.AddRange(all[..kept]);
        }

        return [.. ids];
    }

    private static IEnumerable<(long Pixel, long Value)> Places(
        (int Batch, int Channels, int Height, int Width, int Patch, int Kept) s, int[] ids, int kept, PatchOrder order)
    {
        var (batch, channels, height, width, p, _) = s;
        for (var b = 0; b < batch; b++)
        for (var j = 0; j < kept; j++)
        for (var c = 0; c < channels; c++)
        for (var row = 0; row < p; row++)
        for (var column = 0; column < p; column++)
        {
            var id = ids[b * kept + j];
            var (y, x) = (id / (width / p) * p + row, id % (width / p) * p + column);
            var inside = order == PatchOrder.ChannelRowColumn ? (c * p + row) * p + column : (row * p + column) * channels + c;
            yield return (((long)b * channels + c) * height * width + y * width + x, ((long)b * kept + j) * channels * p * p + inside);
        }
    }

    [Test]
    public void CopiesEveryValueToItsPlace([Values] PatchOrder order, [Values] bool all)
    {
        foreach (var device in KernelCases.Devices)
        foreach (var s in s_shapes)
        {
            var patches = s.Height / s.Patch * (s.Width / s.Patch);
            var kept = all ? patches : s.Kept;
            var ids = all ? [.. Enumerable.Range(0, s.Batch * patches).Select(i => i % patches)] : Ids(s.Batch, patches, kept, 3);
            var values = kept * s.Channels * s.Patch * s.Patch;
            using var images = device.Place(KernelCases.Values((long)s.Batch * s.Channels * s.Height * s.Width, 1));
            using var numbers = new GuardedArray<int>(device, ids);
            using var result = device.Empty((long)s.Batch * values);
            DeviceSpan<int> given = all ? default : numbers.Span;
            Patchify.Forward(images, s.Batch, s.Channels, s.Height, s.Width, s.Patch, given, kept, order, result);

            using var dPatches = device.Place(KernelCases.Values((long)s.Batch * values, 2));
            using var dImages = device.Empty(images.Span.Length);
            Patchify.Backward(dPatches, s.Batch, s.Channels, s.Height, s.Width, s.Patch, given, kept, order, dImages);

            var (pixels, gradients) = (images.Values(), dPatches.Values());
            var expected = new float[result.Span.Length];
            var expectedGradient = new float[pixels.Length];
            foreach (var (pixel, value) in Places(s, ids, kept, order))
            {
                expected[value] = pixels[pixel];
                expectedGradient[pixel] = gradients[value];
            }

            Assert.That(result.Values(), Is.EqualTo(expected), $"{device} {s}");
            Assert.That(dImages.Values(), Is.EqualTo(expectedGradient), $"{device} {s} backward");
        }
    }

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values] PatchOrder order, [Values(2, 3, 4)] int patch) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int batch = 3, channels = 3, kept = 5;
                var (height, width) = (2 * patch, 4 * patch);
                var images = memory.Place(KernelCases.Values(batch * channels * height * width, 1));
                var ids = memory.Place(Ids(batch, 8, kept, 4));
                var patches = memory.Empty<float>(batch * kept * channels * patch * patch);
                var gradient = memory.Empty<float>(images.Length);
                Patchify.Forward(images, batch, channels, height, width, patch, ids, kept, order, patches);
                Patchify.Backward(patches, batch, channels, height, width, patch, ids, kept, order, gradient);
                return (float[])[.. patches.ToArray(), .. gradient.ToArray()];
            },
            $"{order}, {patch} pixels");

    [Test]
    public void RefusesWhatDoesNotFit()
    {
        var host = KernelCases.Hosts[0];
        var images = host.Allocate<float>(3 * 8 * 12);
        var patches = host.Allocate<float>(3 * 8 * 12);
        var ids = host.Allocate<int>(2);
        ids.CopyFrom([0, 6]);
        Assert.That(
            () => Patchify.Forward(images, 1, 3, 8, 12, 5, default, 6, PatchOrder.ChannelRowColumn, patches),
            Throws.TypeOf<ShapeException>().With.Message.Contains("must divide both sides"));
        Assert.That(
            () => Patchify.Forward(images, 1, 3, 8, 12, 8, default, 1, PatchOrder.ChannelRowColumn, patches),
            Throws.TypeOf<ShapeException>().With.Message.Contains("8 x 12"));
        Assert.That(
            () => Patchify.Forward(images, 1, 3, 8, 12, 4, default, 3, PatchOrder.ChannelRowColumn, patches.Slice(0, 144)),
            Throws.TypeOf<ShapeException>());
        Assert.That(
            () => Patchify.Forward(images, 1, 3, 8, 12, 4, default, 6, PatchOrder.ChannelRowColumn, patches.Slice(0, 287)),
            Throws.TypeOf<ShapeException>());
        Assert.That(
            () => Patchify.Forward(images, 1, 3, 8, 12, 4, ids, 2, PatchOrder.ChannelRowColumn, patches.Slice(0, 96)),
            Throws.TypeOf<ShapeException>().With.Message.Contains("outside 0..5"));
        images.Buffer.Dispose();
        patches.Buffer.Dispose();
        ids.Buffer.Dispose();
    }

    [Test]
    public void AGpuMarksPatchesOfBadNumbersAndLeavesTheirGradientsOut([Values(2, 4)] int patch)
    {
        foreach (var gpu in KernelCases.Devices.OfType<PtxDevice>())
        {
            var size = patch * patch;
            using var images = gpu.Place([.. Enumerable.Repeat(1f, 4 * size)]);
            using var ids = new GuardedArray<int>(gpu, [3, 4, -1]);
            using var patches = gpu.Empty(3 * size);
            Patchify.Forward(images, 1, 1, 2 * patch, 2 * patch, patch, ids, 3, PatchOrder.ChannelRowColumn, patches);
            Assert.That(patches.Values().Select(float.IsNaN), Is.EqualTo(Enumerable.Range(0, 3 * size).Select(i => i >= size)), $"{gpu}");
            Patchify.Backward(patches, 1, 1, 2 * patch, 2 * patch, patch, ids, 3, PatchOrder.ChannelRowColumn, images);
            Assert.That(images.Values().Sum(), Is.EqualTo(size), $"{gpu}");
        }
    }

    [Test]
    public void AllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var images = host.Place(KernelCases.Values(2 * 3 * 8 * 8, 1));
        using var patches = host.Empty(2 * 3 * 8 * 8);
        KernelInvariants.AssertNoAllocation(
            () => Patchify.Forward(images, 2, 3, 8, 8, 4, default, 4, PatchOrder.RowColumnChannel, patches), "Forward");
        KernelInvariants.AssertNoAllocation(
            () => Patchify.Backward(patches, 2, 3, 8, 8, 4, default, 4, PatchOrder.RowColumnChannel, images), "Backward");
    }
}
