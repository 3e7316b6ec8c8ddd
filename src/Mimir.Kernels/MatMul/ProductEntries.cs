using Mimir.Kernels.Devices;

namespace Mimir.Kernels;

/// <summary>The PTX products of one precision: <c>kernels/matmul_fp32.ptx</c>, <c>matmul_tf32.ptx</c> and <c>matmul_bf16.ptx</c>.</summary>
internal sealed class ProductEntries
{
    private static readonly ProductEntries[] s_all = [.. Enum.GetValues<MatrixPrecision>().Select(precision => new ProductEntries(precision))];

    private ProductEntries(MatrixPrecision precision)
    {
        var name = precision.Name();
        NN = new PtxKernel($"matmul_{name}", $"matmul_nn_{name}");
        NT = new PtxKernel($"matmul_{name}", $"matmul_nt_{name}");
        TN = new PtxKernel($"matmul_{name}", $"matmul_tn_{name}");
    }

    /// <summary>out = addend + factor ∘ (a·b).</summary>
    public PtxKernel NN { get; }

    /// <summary>out = addend + rowScale ∘ g(a·bᵀ + bias).</summary>
    public PtxKernel NT { get; }

    /// <summary>out = addend + aᵀ·b, sums = sumsAddend + column sums of a.</summary>
    public PtxKernel TN { get; }

    /// <summary>Those of a precision.</summary>
    public static ProductEntries Of(MatrixPrecision precision) => s_all[(int)precision];
}
