using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff;

/// <summary>A named array that outlives the graphs: a weight, a bias, a token or a frozen table.</summary>
/// <param name="Name">The timm or MAE name, such as <c>blocks.0.attn.qkv.weight</c>.</param>
/// <param name="Shape">Its sizes, as the state dict has them.</param>
/// <param name="Offset">First element in the flat arrays of its <see cref="ParameterStore"/>.</param>
/// <param name="Trainable">False for fixed tables, which get no gradient and no decay.</param>
public sealed record Parameter(string Name, Shape Shape, long Offset, bool Trainable)
{
    /// <summary>The values, a slice of the store's flat array.</summary>
    public DeviceSpan<float> Value { get; internal set; }
}
