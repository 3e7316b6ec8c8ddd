using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff;

/// <summary>An array of float32 on the tape of a <see cref="Autodiff.Graph"/>: a leaf that the caller owns, or an intermediate that the
/// graph owns until <see cref="Graph.End"/>. Tensors carry no gradient; a graph delivers gradients where they were asked for.</summary>
public sealed class Tensor
{
    internal Tensor(int index) => Index = index;

    /// <summary>The sizes.</summary>
    public Shape Shape { get; internal set; }

    /// <summary>The values, row-major.</summary>
    public DeviceSpan<float> Data { get; internal set; }

    /// <summary>Whether a gradient asked for flows through it.</summary>
    public bool NeedsGradient { get; internal set; }

    /// <summary>Position in the graph's list.</summary>
    internal int Index { get; }

    /// <summary>For a leaf: where the caller wants its gradient; empty for an intermediate.</summary>
    internal DeviceSpan<float> GradientDestination { get; set; }

    /// <summary>Whether the memory belongs to the caller.</summary>
    internal bool IsLeaf { get; set; }

    /// <summary>Operations that will read the values again in the backward pass.</summary>
    internal int Keepers { get; set; }

    /// <summary>Whether the forward pass is through with it.</summary>
    internal bool Dropped { get; set; }
}
