using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class TokenGather
{
    private static void KeepOnHost(
        HostDevice host, DeviceSpan<float> noise, int batch, int patches, int kept,
        DeviceSpan<int> ids, DeviceSpan<int> restore, DeviceSpan<float> mask) =>
        host.For(batch, new KeepKernel(noise.Host, patches, kept, ids.Host, restore.Host, mask.Host));

    /// <summary>A task is one image.
    /// The keys carry the patch number in their low half, so no two are equal and any sort is stable.</summary>
    private readonly struct KeepKernel(float* noise, int patches, int kept, int* ids, int* restore, float* mask) : ISimdKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var keys = new Span<ulong>(LaneScratch.Floats(ScratchSlot.TokenOrder, 2L * patches), patches);
            for (var b = from; b < to; b++)
            {
                var row = noise + (long)b * patches;
                for (var l = 0; l < patches; l++)
                {
                    if (float.IsNaN(row[l]))
                        throw new ShapeException($"TokenGather.Keep: noise of patch {l} of image {b} is not a number");
                    keys[l] = ((ulong)SortableBits(row[l]) << 32) | (uint)l;
                }

                keys.Sort();
                var place = restore + (long)b * patches;
                var removed = mask + (long)b * patches;
                for (var j = 0; j < patches; j++)
                {
                    var l = (int)(uint)keys[j];
                    place[l] = j;
                    removed[l] = j < kept ? 0f : 1f;
                    if (j < kept)
                        ids[(long)b * kept + j] = l;
                }
            }
        }

        /// <summary>Bits that order as unsigned numbers the way the floats do.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static uint SortableBits(float value)
        {
            var bits = BitConverter.SingleToUInt32Bits(value + 0f); // −0 + 0 is +0
            return (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        }
    }
}
