using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Models;

/// <summary>A layer normalisation with weight and bias, ε = 1e-6 as in timm's Vision Transformers.</summary>
public sealed class Norm(ParameterStore.Builder builder, string name, int channels)
{
    private const float Epsilon = 1e-6f;

    /// <summary>[channels], 1 at the start.</summary>
    public Parameter Weight { get; } = builder.Add($"{name}.weight", new Shape(channels));

    /// <summary>[channels], 0 at the start.</summary>
    public Parameter Bias { get; } = builder.Add($"{name}.bias", new Shape(channels));

    /// <summary>Normalises the last axis of <paramref name="x"/>.</summary>
    public Tensor Forward(Graph graph, Tensor x) => LayerNormOp.Apply(graph, x, Weight, Bias, Epsilon);
}
