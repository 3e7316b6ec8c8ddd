using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff;

/// <summary>All parameters of a model in one flat array, in state-dict order, so that gradients, moments, checkpoints and the
/// optimiser are flat too. Each parameter starts on a 64-byte boundary; the gaps stay zero.</summary>
public sealed class ParameterStore : IDisposable
{
    private const int Alignment = 16; // floats: one cache line

    private readonly Dictionary<string, Parameter> _byName;

    private ParameterStore(Device device, List<Parameter> parameters, long count)
    {
        Parameters = parameters;
        Values = device.Allocate<float>(count, "parameters");
        Values.Clear();
        _byName = parameters.ToDictionary(p => p.Name);
        foreach (var parameter in parameters)
            parameter.Value = Values.Slice(parameter.Offset, parameter.Shape.Count);
    }

    /// <summary>The parameters in state-dict order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>All values; also the layout of gradients and moments.</summary>
    public DeviceSpan<float> Values { get; }

    /// <summary>The device that holds them.</summary>
    public Device Device => Values.Device;

    /// <summary>Elements of trainable parameters.</summary>
    public long TrainableCount => Parameters.Where(p => p.Trainable).Sum(p => p.Shape.Count);

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] =>
        _byName.TryGetValue(name, out var found) ? found : throw new KeyNotFoundException($"the model has no parameter '{name}'");

    /// <summary>Whether there is a parameter of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>A zeroed array with the layout of <see cref="Values"/>, for gradients or moments; the name is for a device's reports.</summary>
    public DeviceSpan<float> AllocateLike(string name)
    {
        var like = Device.Allocate<float>(Values.Length, name);
        like.Clear();
        return like;
    }

    /// <inheritdoc/>
    public void Dispose() => Values.Buffer.Dispose();

    /// <summary>Collects the declarations of a model's parts, then lays the store out.</summary>
    public sealed class Builder
    {
        private readonly List<Parameter> _parameters = [];
        private long _count;

        /// <summary>Declares the next parameter in state-dict order.</summary>
        public Parameter Add(string name, Shape shape, bool trainable = true)
        {
            var parameter = new Parameter(name, shape, _count, trainable);
            _parameters.Add(parameter);
            _count += (shape.Count + Alignment - 1) / Alignment * Alignment;
            return parameter;
        }

        /// <summary>Allocates the store; the declared parameters now have values, all zero.</summary>
        public ParameterStore Build(Device device) => new(device, _parameters, _count);
    }
}
