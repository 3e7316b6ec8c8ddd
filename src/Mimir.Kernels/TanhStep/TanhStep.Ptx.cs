using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/tanh_step.ptx</c>.</content>
public static partial class TanhStep
{
    private static readonly PtxKernel s_start = new("tanh_step", "tanh_step_start_f32");
    private static readonly PtxKernel s_step = new("tanh_step", "tanh_step_step_f32");

    private static void StartOnPtx(
        PtxDevice gpu, DeviceSpan<float> natural, DeviceSpan<float> variables, DeviceSpan<float> firstMoments,
        DeviceSpan<float> secondMoments, DeviceSpan<float> points)
    {
        var arguments = new KernelArguments();
        arguments.Add(natural).Add(variables).Add(firstMoments).Add(secondMoments).Add(points).Add(points.Length);
        gpu.Launch(s_start, GridStride.Grid(gpu, points.Length), GridStride.Block, 0, arguments);
    }

    private static void StepOnPtx(
        PtxDevice gpu, DeviceSpan<float> gradient, DeviceSpan<float> natural, DeviceSpan<float> weights, DeviceSpan<float> rates,
        DeviceSpan<float> roots, int rows, int values, in State state)
    {
        var arguments = new KernelArguments();
        arguments.Add(gradient).Add(natural).Add(weights).Add(rates).Add(roots).Add(values);
        arguments.Add(state.Variables).Add(state.FirstMoments).Add(state.SecondMoments).Add(state.Points);
        gpu.Launch(s_step, new Dim3(rows), GridStride.Block, 0, arguments); // a block a row
    }
}
