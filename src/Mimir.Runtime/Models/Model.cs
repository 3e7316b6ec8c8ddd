using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;

namespace Mimir.Runtime.Models;

/// <summary>A network with its parameters, bound to a device.</summary>
public abstract class Model : IDisposable
{
    private protected Model(EncoderConfig encoder) => Encoder = encoder.Validated();

    /// <summary>The encoder's sizes.</summary>
    public EncoderConfig Encoder { get; }

    /// <summary>All parameters, in state-dict order.</summary>
    public ParameterStore Parameters { get; private protected init; } = null!;

    /// <summary>The device that the model lives on.</summary>
    public Device Device => Parameters.Device;

    /// <summary>The shape of a run of images with that many values in all.</summary>
    public Shape ImageShape(long values)
    {
        var one = Encoder.Channels * Encoder.Image * Encoder.Image;
        return new Shape(checked((int)(values / one)), Encoder.Channels, Encoder.Image, Encoder.Image);
    }

    /// <summary>Every linear layer; an array, for every training step goes through it.</summary>
    internal Linear[] Linears { get; private protected init; } = [];

    /// <summary>Every normalisation.</summary>
    internal Norm[] Norms { get; private protected init; } = [];

    /// <summary>Brings the packed weights up to date; to be called after parameters changed and before the next forward pass.</summary>
    public void Refresh()
    {
        foreach (var linear in Linears)
            linear.Pack(Device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var linear in Linears)
            linear.Dispose();
        Parameters.Dispose();
        GC.SuppressFinalize(this);
    }
}
