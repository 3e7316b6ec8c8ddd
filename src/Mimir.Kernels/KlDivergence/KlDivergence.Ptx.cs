using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launch of <c>kernels/kl_divergence.ptx</c>.</content>
public static partial class KlDivergence
{
    private const int SamplesPerBlock = 4; // a warp each

    private static readonly PtxKernel s_rows = new("kl_divergence", "kl_divergence_f32");

    private static void RunOnPtx(PtxDevice gpu, in Rows rows)
    {
        var arguments = new KernelArguments();
        arguments.Add(rows.P).Add(rows.Q).Add(rows.Batch).Add(rows.Classes).Add(rows.Scale).Add(rows.Losses).Add(rows.DP).Add(rows.DQ);
        var blocks = (int)(((long)rows.Batch + SamplesPerBlock - 1) / SamplesPerBlock);
        gpu.Launch(s_rows, new Dim3(blocks), new Dim3(32 * SamplesPerBlock), 0, arguments);
    }
}
