using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class KeepTests
{
    private static readonly (int Batch, int Patches, int Kept)[] s_shapes =
        [(1, 1, 0), (1, 1, 1), (3, 7, 2), (5, 64, 16), (2, 65, 65), (4, 196, 49), (2, 300, 75), (0, 8, 2)];

    [Test]
    public void IsAStableArgsort()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var (batch, patches, kept) in s_shapes)
        {
            // Few different values, the two zeros among them: ties everywhere.
            var values = KernelCases.Values((long)batch * patches, 7).Select(v => MathF.Round(v * 6) / 6).ToArray();
            using var noise = device.Place(values);
            using var ids = new GuardedArray<int>(device, batch * kept);
            using var restore = new GuardedArray<int>(device, batch * patches);
            using var mask = device.Empty(batch * patches);
            TokenGather.Keep(noise, batch, patches, kept, ids, restore, mask);
            var (keptIds, places, removed) = (ids.Values(), restore.Values(), mask.Values());
            for (var b = 0; b < batch; b++)
            {
                var row = values[(b * patches)..((b + 1) * patches)];
                var order = Enumerable.Range(0, patches).OrderBy(l => row[l]).ToArray(); // LINQ sorts stably
                Assert.That(keptIds[(b * kept)..((b + 1) * kept)], Is.EqualTo(order[..kept]));
                for (var j = 0; j < patches; j++)
                {
                    Assert.That(places[b * patches + order[j]], Is.EqualTo(j));
                    Assert.That(removed[b * patches + order[j]], Is.EqualTo(j < kept ? 0f : 1f));
                }
            }
        }
    }

    [Test]
    public void OrdersNegativeLargeAndInfiniteValues()
    {
        float[] values = [3e38f, float.NegativeInfinity, -0f, 0f, -1e-40f, 1e-40f, float.PositiveInfinity, -3e38f];
        using var noise = KernelCases.Hosts[^1].Place(values);
        using var ids = new GuardedArray<int>(KernelCases.Hosts[^1], 8);
        using var restore = new GuardedArray<int>(KernelCases.Hosts[^1], 8);
        using var mask = KernelCases.Hosts[^1].Empty(8);
        TokenGather.Keep(noise, 1, 8, 8, ids, restore, mask);
        Assert.That(ids.Values(), Is.EqualTo([1, 7, 4, 2, 3, 5, 0, 6]));
    }

    [TestCase(3, 7, 2)]
    [TestCase(2, 600, 150)]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace(int batch, int patches, int kept) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var noise = memory.Place(KernelCases.Values(batch * patches, 7).Select(v => MathF.Round(v * 6) / 6).ToArray());
                var (ids, restore) = (memory.Empty<int>(batch * kept), memory.Empty<int>(batch * patches));
                var mask = memory.Empty<float>(batch * patches);
                TokenGather.Keep(noise, batch, patches, kept, ids, restore, mask);
                return (int[])[.. ids.ToArray(), .. restore.ToArray(), .. mask.ToArray().Select(removed => (int)removed)];
            },
            $"{batch} x {patches}");

    [Test]
    public void RefusesNoiseThatIsNotANumber()
    {
        using var noise = KernelCases.Hosts[0].Place([0.5f, float.NaN]);
        using var ids = new GuardedArray<int>(KernelCases.Hosts[0], 1);
        using var restore = new GuardedArray<int>(KernelCases.Hosts[0], 2);
        using var mask = KernelCases.Hosts[0].Empty(2);
        Assert.That(
            () => TokenGather.Keep(noise, 1, 2, 1, ids, restore, mask),
            Throws.TypeOf<ShapeException>().With.Message.Contains("patch 1 of image 0"));
        Assert.That(() => TokenGather.Keep(noise, 1, 2, 3, ids, restore, mask), Throws.TypeOf<ShapeException>());
        Assert.That(() => TokenGather.Keep(noise, 1, 2, 2, ids, restore, mask), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void AGpuSortsWhatIsNotANumberLastAndSaysSoInTheMask()
    {
        foreach (var gpu in KernelCases.Devices.OfType<PtxDevice>())
        {
            using var noise = gpu.Place([0.5f, -float.NaN, float.PositiveInfinity, float.NaN, -1f]);
            using var ids = new GuardedArray<int>(gpu, 4);
            using var restore = new GuardedArray<int>(gpu, 5);
            using var mask = gpu.Empty(5);
            TokenGather.Keep(noise, 1, 5, 4, ids, restore, mask);
            Assert.That(ids.Values(), Is.EqualTo([4, 0, 2, 1]), $"{gpu}");
            Assert.That(restore.Values(), Is.EqualTo([1, 3, 2, 4, 0]), $"{gpu}");
            Assert.That(mask.Values(), Is.EqualTo([0f, float.NaN, 0f, float.NaN, 0f]), $"{gpu}");
        }
    }

    [Test]
    public void AllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var noise = host.Place(KernelCases.Values(4 * 196, 7));
        using var ids = new GuardedArray<int>(host, 4 * 49);
        using var restore = new GuardedArray<int>(host, 4 * 196);
        using var mask = host.Empty(4 * 196);
        KernelInvariants.AssertNoAllocation(() => TokenGather.Keep(noise, 4, 196, 49, ids, restore, mask), "Keep");
    }
}
