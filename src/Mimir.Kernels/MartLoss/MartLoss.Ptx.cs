using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx;

namespace Mimir.Kernels;

/// <content>The launch of <c>kernels/mart_loss.ptx</c>.</content>
public static partial class MartLoss
{
    private const int SamplesPerBlock = 4; // a warp each

    private static readonly PtxKernel s_rows = new("mart_loss", "mart_loss_f32");

    private static void RunOnPtx(PtxDevice gpu, string entry, in Rows rows)
    {
        CrossEntropy.RequireLabelsInRange(gpu, entry, rows.Labels, rows.Batch, rows.Classes);
        var arguments = new KernelArguments();
        arguments.Add(rows.Adversarial).Add(rows.Natural).Add(rows.Labels).Add(rows.Batch).Add(rows.Classes).Add(rows.Beta).Add(rows.Scale);
        arguments.Add(rows.Losses).Add(rows.DAdversarial).Add(rows.DNatural);
        var blocks = (int)(((long)rows.Batch + SamplesPerBlock - 1) / SamplesPerBlock);
        gpu.Launch(s_rows, new Dim3(blocks), new Dim3(32 * SamplesPerBlock), 0, arguments);
    }
}
