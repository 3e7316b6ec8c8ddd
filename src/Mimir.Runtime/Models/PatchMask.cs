using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Models;

/// <summary>Which patches of each image are visible.</summary>
/// <param name="Kept">Visible patches an image.</param>
/// <param name="Ids">[batch, kept] their numbers, in the order of the sorted noise.</param>
/// <param name="Restore">[batch, patches] the inverse permutation.</param>
/// <param name="Removed">[batch, patches] 1 where the patch is hidden.</param>
public readonly record struct PatchMask(int Kept, DeviceSpan<int> Ids, DeviceSpan<int> Restore, DeviceSpan<float> Removed)
{
    /// <summary>Visible patches at a mask ratio: ⌊L(1 − r)⌋.</summary>
    public static int KeptOf(int patches, double maskRatio) => (int)(patches * (1 - maskRatio));

    /// <summary>Memory for the masks of a batch.</summary>
    public static PatchMask Allocate(Device device, int batch, int patches, int kept) => new(
        kept,
        device.Allocate<int>((long)batch * kept, "mask ids"),
        device.Allocate<int>((long)batch * patches, "mask restore"),
        device.Allocate<float>((long)batch * patches, "mask"));

    /// <summary>The masks of some consecutive images.</summary>
    public PatchMask Images(int start, int count)
    {
        var patches = Removed.Length / (Ids.Length / Kept);
        return new PatchMask(
            Kept, Ids.Slice((long)start * Kept, (long)count * Kept),
            Restore.Slice(start * patches, count * patches), Removed.Slice(start * patches, count * patches));
    }

    /// <summary>Keeps the patches with the smallest noise (MAE's random masking); <paramref name="noise"/> is [batch, patches].</summary>
    public void Draw(DeviceSpan<float> noise, int batch) =>
        TokenGather.Keep(noise, batch, (int)(noise.Length / batch), Kept, Ids, Restore, Removed);

    /// <summary>Frees the memory of <see cref="Allocate"/>.</summary>
    public void Free()
    {
        Ids.Buffer.Dispose();
        Restore.Buffer.Dispose();
        Removed.Buffer.Dispose();
    }
}
