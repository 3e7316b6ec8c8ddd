using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>Cuts images into square patches and puts gradients of patches back into images.
/// <para>Shapes: images [B, C, H, W]; the grid has P = (H/p)·(W/p) patches, numbered row by row; patches [B, kept, C·p·p], float32.</para>
/// <para>Errors: <see cref="ShapeException"/> if the patch does not divide both sides, if a span has another length, or if a patch
/// number lies outside the grid. B = 0 is a no-op.</para>
/// <para>A GPU does not wait to look at the patch numbers: there one outside the grid gives a patch of NaN, and its gradient is left
/// out.</para></summary>
public static partial class Patchify
{
    /// <summary>Copies the patches that <paramref name="ids"/> names, in that order, out of the images.</summary>
    /// <param name="images">[B, C, H, W].</param>
    /// <param name="batch">B.</param>
    /// <param name="channels">C, at least 1.</param>
    /// <param name="height">H in pixels.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="patch">p, the side of a patch in pixels.</param>
    /// <param name="ids">[B, kept] patch numbers, or empty for all patches in grid order.</param>
    /// <param name="kept">Patches taken of each image; P when <paramref name="ids"/> is empty.</param>
    /// <param name="order">Layout of a patch.</param>
    /// <param name="patches">[B, kept, C·p·p], overwritten.</param>
    public static void Forward(
        DeviceSpan<float> images, int batch, int channels, int height, int width, int patch,
        DeviceSpan<int> ids, int kept, PatchOrder order, DeviceSpan<float> patches)
    {
        const string entry = "Patchify.Forward";
        var grid = new PatchGrid(entry, channels, height, width, patch, kept, order);
        Check(grid, batch, images, "images", ids, patches, "patches", entry);
        if (batch == 0 || kept == 0)
            return;
        using var scope = KernelScope.Enter(patches.Device, entry, 0, 8.0 * patches.Length, new(batch, kept, grid.PatchValues));
        if (PtxDevice.Is(patches, out var gpu))
            ForwardOnPtx(gpu, grid, batch, images, ids, patches);
        else
            ForwardOnHost(HostDevice.Of(patches, entry), grid, batch, images, ids, patches);
    }

    /// <summary>The gradient of <see cref="Forward"/>: writes each patch's gradient to its place and zero everywhere else.
    /// The patch numbers of one image must differ from each other.</summary>
    /// <param name="dPatches">[B, kept, C·p·p].</param>
    /// <param name="batch">B.</param>
    /// <param name="channels">C, at least 1.</param>
    /// <param name="height">H in pixels.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="patch">p, the side of a patch in pixels.</param>
    /// <param name="ids">[B, kept] patch numbers, or empty for all patches in grid order.</param>
    /// <param name="kept">Patches of each image; P when <paramref name="ids"/> is empty.</param>
    /// <param name="order">Layout of a patch.</param>
    /// <param name="dImages">[B, C, H, W], overwritten.</param>
    public static void Backward(
        DeviceSpan<float> dPatches, int batch, int channels, int height, int width, int patch,
        DeviceSpan<int> ids, int kept, PatchOrder order, DeviceSpan<float> dImages)
    {
        const string entry = "Patchify.Backward";
        var grid = new PatchGrid(entry, channels, height, width, patch, kept, order);
        Check(grid, batch, dImages, "dImages", ids, dPatches, "dPatches", entry);
        if (dImages.IsEmpty)
            return;
        using var scope = KernelScope.Enter(
            dImages.Device, entry, 0, 4.0 * (dPatches.Length + dImages.Length), new(batch, kept, grid.PatchValues));
        if (PtxDevice.Is(dImages, out var gpu))
            BackwardOnPtx(gpu, grid, batch, dPatches, ids, dImages);
        else
            BackwardOnHost(HostDevice.Of(dImages, entry), grid, batch, dPatches, ids, dImages);
    }

    private static void Check(
        in PatchGrid grid, int batch, DeviceSpan<float> images, string imagesName,
        DeviceSpan<int> ids, DeviceSpan<float> patches, string patchesName, string entry)
    {
        Contract.Require(batch >= 0, entry, "batch must not be negative");
        Contract.Elements(images, (long)batch * grid.ImageValues, entry, imagesName, "[batch, channels, height, width]");
        Contract.Elements(patches, (long)batch * grid.Kept * grid.PatchValues, entry, patchesName, "[batch, kept, channels·patch·patch]");
        Contract.ElementsOrEmpty(ids, (long)batch * grid.Kept, entry, "ids", "[batch, kept]");
        Contract.Require(
            !ids.IsEmpty || grid.Kept == grid.Patches || grid.Kept == 0 || batch == 0,
            entry, "without ids every patch is kept, so kept must be the number of patches");
    }

    /// <summary>The sizes of one image's grid, checked.</summary>
    private readonly struct PatchGrid
    {
        public PatchGrid(string entry, int channels, int height, int width, int patch, int kept, PatchOrder order)
        {
            Contract.Require(channels >= 1 && height >= 0 && width >= 0, entry, "channels must be positive and sides not negative");
            if (patch < 1 || height % patch != 0 || width % patch != 0)
                throw new ShapeException($"{entry}: a patch of {patch} pixels must divide both sides of a {height} x {width} image");
            (Channels, Height, Width, Patch, Kept, Order) = (channels, height, width, patch, kept, order);
            Across = width / patch;
            Patches = checked(height / patch * Across);
            if (kept < 0 || kept > Patches)
                throw new ShapeException($"{entry}: kept is {kept}, outside 0..{Patches}, the patches of an image");
        }

        public int Channels { get; }

        public int Height { get; }

        public int Width { get; }

        public int Patch { get; }

        public int Kept { get; }

        public PatchOrder Order { get; }

        public int Across { get; }

        public int Patches { get; }

        public long ImageValues => (long)Channels * Height * Width;

        public long PatchValues => (long)Channels * Patch * Patch;
    }
}
