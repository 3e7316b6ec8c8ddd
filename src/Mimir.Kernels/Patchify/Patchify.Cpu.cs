using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class Patchify
{
    private static void ForwardOnHost(
        HostDevice host, in PatchGrid grid, int batch, DeviceSpan<float> images, DeviceSpan<int> ids, DeviceSpan<float> patches) =>
        host.For(batch, new CopyKernel(grid, images.Host, ids.Host, patches.Host, scatter: false));

    private static void BackwardOnHost(
        HostDevice host, in PatchGrid grid, int batch, DeviceSpan<float> dPatches, DeviceSpan<int> ids, DeviceSpan<float> dImages) =>
        host.For(batch, new CopyKernel(grid, dImages.Host, ids.Host, dPatches.Host, scatter: true));

    /// <summary>A task is one image.
    /// Rows of a patch are a few floats long, so the copies go four floats at a time at every width.</summary>
    private readonly struct CopyKernel(PatchGrid grid, float* images, int* ids, float* patches, bool scatter) : ISimdKernel
    {
        private readonly PatchGrid _grid = grid;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var kept = _grid.Kept;
            for (var b = from; b < to; b++)
            {
                var image = images + b * _grid.ImageValues;
                if (scatter && (ids is not null || kept == 0))
                    NativeMemory.Clear(image, (nuint)(_grid.ImageValues * sizeof(float)));
                for (var j = 0; j < kept; j++)
                {
                    var row = (long)b * kept + j;
                    var id = ids is null ? j : ids[row];
                    if ((uint)id >= (uint)_grid.Patches)
                        throw new ShapeException($"Patchify: patch number {id} of image {b} lies outside 0..{_grid.Patches - 1}");
                    var corner = image + ((long)(id / _grid.Across) * _grid.Width + id % _grid.Across) * _grid.Patch;
                    CopyPatch(corner, patches + row * _grid.PatchValues);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void CopyPatch(float* corner, float* patch)
        {
            var side = _grid.Patch;
            var channels = _grid.Channels;
            var byPixel = _grid.Order == PatchOrder.RowColumnChannel;
            for (var c = 0; c < channels; c++)
            {
                for (var r = 0; r < side; r++)
                {
                    var pixels = corner + ((long)c * _grid.Height + r) * _grid.Width;
                    var values = byPixel ? patch + (long)r * side * channels + c : patch + ((long)c * side + r) * side;
                    if (byPixel && channels > 1)
                        CopyStrided(pixels, values, side, channels);
                    else if (scatter)
                        Copy(values, pixels, side);
                    else
                        Copy(pixels, values, side);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void CopyStrided(float* pixels, float* values, int count, int step)
        {
            for (var i = 0; i < count; i++, values += step)
            {
                if (scatter)
                    pixels[i] = *values;
                else
                    *values = pixels[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Copy(float* source, float* destination, int count)
        {
            var i = 0;
            for (; i <= count - Vector128<float>.Count; i += Vector128<float>.Count)
                Vector128.Load(source + i).Store(destination + i);
            for (; i < count; i++)
                destination[i] = source[i];
        }
    }
}
