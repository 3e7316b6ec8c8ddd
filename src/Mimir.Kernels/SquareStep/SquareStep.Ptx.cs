using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/square_step.ptx</c>.</content>
public static partial class SquareStep
{
    private const int RecordBytes = 3 * sizeof(double); // what the L2 proposal keeps of a channel

    private static readonly PtxKernel s_stripes = new("square_step", "square_step_stripes_f32");
    private static readonly PtxKernel s_linf = new("square_step", "square_step_linf_f32");
    private static readonly PtxKernel s_tiles = new("square_step", "square_step_tiles_f32");
    private static readonly PtxKernel s_l2 = new("square_step", "square_step_l2_f32");

    private static Dim3 Threads => new(PartialSums.Count);

    private static void StripesOnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> signs, Shape shape, float epsilon, DeviceSpan<float> points) =>
        gpu.Launch(
            s_stripes, new Dim3(shape.Rows * shape.Channels), Threads, 0,
            new KernelArguments().Add(natural).Add(signs).Add(shape.Height).Add(shape.Width).Add(epsilon).Add(points));

    private static void LinfOnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs, Shape shape,
        float epsilon, DeviceSpan<float> candidates)
    {
        var arguments = new KernelArguments();
        arguments.Add(natural).Add(best).Add(windows).Add(signs).Add(shape.Channels).Add(shape.Height).Add(shape.Width).Add(epsilon).Add(candidates);
        gpu.Launch(s_linf, new Dim3(shape.Rows * shape.Channels), Threads, 0, arguments);
    }

    private static void TilesOnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> signs, DeviceSpan<int> transposed, Shape shape, float epsilon,
        DeviceSpan<float> points)
    {
        var arguments = new KernelArguments();
        arguments.Add(natural).Add(signs).Add(transposed).Add(shape.Channels).Add(shape.Height).Add(shape.Width).Add(epsilon).Add(points);
        gpu.Launch(s_tiles, new Dim3(shape.Rows), Threads, sizeof(float) * BumpProfile.TableLength(shape.Height / TilesAcross), arguments);
    }

    private static void L2OnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> best, DeviceSpan<int> windows, DeviceSpan<float> signs, Shape shape,
        float epsilon, DeviceSpan<float> candidates)
    {
        var arguments = new KernelArguments();
        arguments.Add(natural).Add(best).Add(windows).Add(signs).Add(shape.Channels).Add(shape.Height).Add(shape.Width).Add(epsilon).Add(candidates);
        var shared = RecordBytes * shape.Channels + sizeof(float) * BumpProfile.TableLength(Math.Min(shape.Height, shape.Width));
        gpu.Launch(s_l2, new Dim3(shape.Rows), Threads, shared, arguments);
    }
}
