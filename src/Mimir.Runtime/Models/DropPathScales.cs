using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Models;

/// <summary>Stochastic depth (Huang et al. 2016): one factor a block, branch and image, 0 or 1/keep; <c>default</c> drops nothing.</summary>
/// <param name="All">[depth, 2, batch] factors: attention branch first, MLP branch second.</param>
/// <param name="Batch">Images in the whole batch.</param>
/// <param name="Start">First image of this micro-batch.</param>
/// <param name="Count">Images of this micro-batch.</param>
public readonly record struct DropPathScales(DeviceSpan<float> All, int Batch, int Start, int Count)
{
    /// <summary>[Count] factors of one branch; empty when nothing is dropped.</summary>
    public DeviceSpan<float> Branch(int block, int branch) =>
        All.IsEmpty ? default : All.Slice((2L * block + branch) * Batch + Start, Count);
}
