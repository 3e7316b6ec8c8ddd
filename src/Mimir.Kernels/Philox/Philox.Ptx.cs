using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

public static partial class Philox
{
    private static readonly PtxKernel s_uniform = new("philox", "philox_uniform_f32");
    private static readonly PtxKernel s_normal = new("philox", "philox_normal_f32");

    private static void UniformOnPtx(PtxDevice gpu, Source source, float low, float high, DeviceSpan<float> y) =>
        gpu.Launch(
            s_uniform, GridStride.Grid(gpu, y.Length + FrontOf(source)), GridStride.Block, 0,
            new KernelArguments().Add(source.Seed).Add(source.Stream).Add(source.Offset)
                .Add(low).Add(high - low).Add(LargestOf(low, high)).Add(y).Add(y.Length));

    private static void NormalOnPtx(PtxDevice gpu, Source source, float mean, float deviation, DeviceSpan<float> y) =>
        gpu.Launch(
            s_normal, GridStride.Grid(gpu, y.Length + FrontOf(source)), GridStride.Block, 0,
            new KernelArguments().Add(source.Seed).Add(source.Stream).Add(source.Offset).Add(mean).Add(deviation).Add(y).Add(y.Length));

    /// <summary>Words of the first block that lie in front of the draw.</summary>
    private static long FrontOf(Source source) => (long)(source.Offset % 4);
}
