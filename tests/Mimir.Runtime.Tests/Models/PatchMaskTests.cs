using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Models;

[TestFixture]
internal sealed class PatchMaskTests
{
    [TestCase(256, 0.75, 64)]
    [TestCase(196, 0.75, 49)]
    [TestCase(16, 0.75, 4)]
    [TestCase(16, 0.6, 6)]
    [TestCase(9, 0.5, 4)]
    public void KeptPatchesAreRoundedDown(int patches, double ratio, int kept) => Assert.That(PatchMask.KeptOf(patches, ratio), Is.EqualTo(kept));

    [Test]
    public void PartsOfABatchHaveTheirOwnImages()
    {
        const int batch = 5, patches = 9, kept = 4;
        using var device = new HostDevice(1);
        var noise = device.Allocate<float>(batch * patches);
        noise.CopyFrom(SeededValues.Pixels(noise.Length, 1));
        var whole = PatchMask.Allocate(device, batch, patches, kept);
        whole.Draw(noise, batch);
        var parts = PatchMask.Allocate(device, batch, patches, kept);
        parts.Images(0, 3).Draw(noise.Slice(0, 3 * patches), 3);
        parts.Images(3, 2).Draw(noise.Slice(3 * patches, 2 * patches), 2);
        Assert.That(parts.Ids.ToArray(), Is.EqualTo(whole.Ids.ToArray()).AsCollection);
        Assert.That(parts.Restore.ToArray(), Is.EqualTo(whole.Restore.ToArray()).AsCollection);
        Assert.That(parts.Removed.ToArray(), Is.EqualTo(whole.Removed.ToArray()).AsCollection);
        for (var i = 0; i < batch; i++)
        {
            var ids = whole.Ids.Slice(i * kept, kept).ToArray();
            var removed = whole.Removed.Slice(i * patches, patches).ToArray();
            Assert.That(removed.Sum(), Is.EqualTo(patches - kept));
            Assert.That(ids.Select(id => removed[id]), Is.All.Zero);
        }

        whole.Free();
        parts.Free();
        noise.Buffer.Dispose();
    }
}
