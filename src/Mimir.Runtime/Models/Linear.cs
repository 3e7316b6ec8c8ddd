using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Models;

/// <summary>A linear layer: weight [outputs, inputs], bias [outputs], and the weight once more in the order that kernels read it.</summary>
public sealed class Linear : IDisposable
{
    private PackedWeight? _packed;

    /// <summary>Declares <c>name.weight</c> and <c>name.bias</c>.</summary>
    /// <param name="builder">Takes the declarations.</param>
    /// <param name="name">Prefix of the two names.</param>
    /// <param name="inputs">Width of the input.</param>
    /// <param name="outputs">Width of the output.</param>
    /// <param name="weightShape">The weight's sizes in the state dict where they are not [outputs, inputs].</param>
    public Linear(ParameterStore.Builder builder, string name, int inputs, int outputs, Shape? weightShape = null)
    {
        (Inputs, Outputs) = (inputs, outputs);
        Weight = builder.Add($"{name}.weight", weightShape ?? new Shape(outputs, inputs));
        Bias = builder.Add($"{name}.bias", new Shape(outputs));
    }

    /// <summary>Width of the input.</summary>
    public int Inputs { get; }

    /// <summary>Width of the output.</summary>
    public int Outputs { get; }

    /// <summary>[outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>[outputs].</summary>
    public Parameter Bias { get; }

    internal PackedWeight Packed => _packed ?? throw new InvalidOperationException($"{Weight.Name} was never packed");

    /// <summary>Brings the packed copy up to date with the values; to be called after every change of them.</summary>
    public void Pack(Device device)
    {
        _packed ??= new PackedWeight(device, Outputs, Inputs);
        _packed.Pack(Weight.Value);
    }

    /// <inheritdoc/>
    public void Dispose() => _packed?.Dispose();
}
