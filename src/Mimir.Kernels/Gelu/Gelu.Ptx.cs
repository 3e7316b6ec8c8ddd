using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

public static partial class Gelu
{
    private const int BlockThreads = 256;
    private const int ElementsPerThread = 4;
    private static readonly PtxKernel s_forward = new("gelu", "gelu_forward_f32");
    private static readonly PtxKernel s_backward = new("gelu", "gelu_backward_f32");

    private static void ForwardOnPtx(PtxDevice gpu, DeviceSpan<float> x, DeviceSpan<float> y)
    {
        var arguments = new KernelArguments();
        arguments.Add(x).Add(y).Add(y.Length);
        gpu.Launch(s_forward, Grid(y.Length), new Dim3(BlockThreads), 0, arguments);
    }

    private static void BackwardOnPtx(PtxDevice gpu, DeviceSpan<float> dY, DeviceSpan<float> x, DeviceSpan<float> dX)
    {
        var arguments = new KernelArguments();
        arguments.Add(dY).Add(x).Add(dX).Add(dX.Length);
        gpu.Launch(s_backward, Grid(dX.Length), new Dim3(BlockThreads), 0, arguments);
    }

    private static Dim3 Grid(long elements)
    {
        const int perBlock = BlockThreads * ElementsPerThread;
        return new Dim3(checked((int)((elements + perBlock - 1) / perBlock)));
    }
}
