using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/fab_step.ptx</c>: a block a row, with a partial sum a thread.</content>
public static partial class FabStep
{
    private static readonly PtxKernel s_project = new("fab_step", "fab_step_project_f32");
    private static readonly PtxKernel s_advance = new("fab_step", "fab_step_advance_f32");

    private static void ProjectOnPtx(
        PtxDevice gpu, bool linf, DeviceSpan<float> points, DeviceSpan<float> normals, DeviceSpan<float> offsets, int rows, int values,
        DeviceSpan<float> moves) =>
        gpu.Launch(
            s_project, new Dim3(rows), new Dim3(PartialSums.Count), 0,
            new KernelArguments().Add(linf ? 1 : 0).Add(points).Add(normals).Add(offsets).Add(values).Add(moves));

    private static void AdvanceOnPtx(
        PtxDevice gpu, bool linf, DeviceSpan<float> normals, DeviceSpan<float> differences, DeviceSpan<float> natural, int rows, int values,
        float alphaMax, float overshoot, DeviceSpan<float> points)
    {
        var arguments = new KernelArguments();
        arguments.Add(linf ? 1 : 0).Add(normals).Add(differences).Add(natural).Add(values).Add(alphaMax).Add(overshoot).Add(points);
        gpu.Launch(s_advance, new Dim3(rows), new Dim3(PartialSums.Count), 0, arguments);
    }
}
