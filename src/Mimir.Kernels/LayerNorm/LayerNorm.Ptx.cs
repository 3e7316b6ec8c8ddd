using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launches of <c>kernels/layernorm.ptx</c>.</content>
public static partial class LayerNorm
{
    private const int RowsPerBlock = 4; // a warp each
    private const int ColumnsPerBlock = 32; // of the parameters' sums, a warp wide
    private const int RowsAtOnce = 8; // its other dimension

    private static readonly PtxKernel s_forward = new("layernorm", "layernorm_forward_f32");
    private static readonly PtxKernel s_forwardVec4 = new("layernorm", "layernorm_forward_vec4_f32");
    private static readonly PtxKernel s_backward = new("layernorm", "layernorm_backward_f32");
    private static readonly PtxKernel s_backwardVec4 = new("layernorm", "layernorm_backward_vec4_f32");
    private static readonly PtxKernel s_parameterSums = new("layernorm", "layernorm_parameter_sums_f32");
    private static readonly PtxKernel s_parameterTotals = new("layernorm", "layernorm_parameter_totals_f32");

    private static void ForwardOnPtx(
        PtxDevice gpu,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> bias,
        int rows,
        int channels,
        float epsilon,
        DeviceSpan<float> y,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd)
    {
        var inQuads = channels % 4 == 0 && x.IsAlignedTo(16) && weight.IsAlignedTo(16) && bias.IsAlignedTo(16) && y.IsAlignedTo(16);
        gpu.Launch(
            inQuads ? s_forwardVec4 : s_forward, new Dim3(Blocks(rows, RowsPerBlock)), new Dim3(32 * RowsPerBlock), 0,
            new KernelArguments().Add(x).Add(weight).Add(bias).Add(rows).Add(channels).Add(epsilon).Add(y).Add(mean).Add(rstd));
    }

    private static void BackwardOnPtx(
        PtxDevice gpu,
        DeviceSpan<float> dY,
        DeviceSpan<float> x,
        DeviceSpan<float> weight,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd,
        int rows,
        int channels,
        DeviceSpan<float> dResidual,
        DeviceSpan<float> dX,
        DeviceSpan<float> dWeight,
        DeviceSpan<float> dBias)
    {
        // First the parameters: dX may go over dY.
        if (!dWeight.IsEmpty)
            AddParameterGradients(gpu, dY, x, mean, rstd, rows, channels, dWeight, dBias);
        var inQuads = channels % 4 == 0
            && dY.IsAlignedTo(16) && x.IsAlignedTo(16) && weight.IsAlignedTo(16) && dResidual.IsAlignedTo(16) && dX.IsAlignedTo(16);
        gpu.Launch(
            inQuads ? s_backwardVec4 : s_backward, new Dim3(Blocks(rows, RowsPerBlock)), new Dim3(32 * RowsPerBlock), 0,
            new KernelArguments().Add(dY).Add(x).Add(weight).Add(mean).Add(rstd).Add(rows).Add(channels).Add(dResidual).Add(dX));
    }

    private static void AddParameterGradients(
        PtxDevice gpu,
        DeviceSpan<float> dY,
        DeviceSpan<float> x,
        DeviceSpan<float> mean,
        DeviceSpan<float> rstd,
        int rows,
        int channels,
        DeviceSpan<float> dWeight,
        DeviceSpan<float> dBias)
    {
        // At least 64 rows a run keep its sums small beside the rows; at most 128 runs are enough blocks for any card together with
        // the columns, and bound the second launch.
        var rowsPerRun = Math.Max(64, Blocks(rows, 128));
        var runs = Blocks(rows, rowsPerRun);
        var columns = Blocks(channels, ColumnsPerBlock);
        var block = new Dim3(ColumnsPerBlock, RowsAtOnce);
        var sums = gpu.Scratch<float>(PtxScratchSlot.Partials, 2L * runs * channels);
        gpu.Launch(
            s_parameterSums, new Dim3(columns, runs), block, 0,
            new KernelArguments().Add(dY).Add(x).Add(mean).Add(rstd).Add(rows).Add(channels).Add(rowsPerRun).Add(sums));
        gpu.Launch(
            s_parameterTotals, new Dim3(columns), block, 0,
            new KernelArguments().Add(sums).Add(runs).Add(channels).Add(dWeight).Add(dBias));
    }

    private static int Blocks(int count, int size) => (int)(((long)count + size - 1) / size);
}
