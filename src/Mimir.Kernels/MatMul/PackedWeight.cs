using System.Runtime.CompilerServices;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>A linear layer's weight in the layouts that <see cref="MatMul.Forward"/> and <see cref="MatMul.BackwardInput"/> read.
/// It holds copies: after the weight changes it must be packed again. Owned by whoever made it.</summary>
public sealed unsafe class PackedWeight : IDisposable
{
    private readonly HostDevice _host;
    private readonly DeviceSpan<float> _forward;
    private readonly DeviceSpan<float> _backward;
    private bool _packed;

    /// <summary>Makes room for a weight.</summary>
    /// <param name="device">Where the layer runs.</param>
    /// <param name="outputs">Outputs of the layer, at least 1.</param>
    /// <param name="inputs">Inputs of the layer, at least 1.</param>
    /// <exception cref="ShapeException">A size is below 1.</exception>
    /// <exception cref="NotSupportedException">The device has no form of this family.</exception>
    public PackedWeight(Device device, int outputs, int inputs)
    {
        const string Entry = "PackedWeight";
        Contract.Require(outputs > 0 && inputs > 0, Entry, "outputs and inputs must be positive");
        _host = device as HostDevice ?? throw new NotSupportedException($"{Entry} has no form for {device.Id}");
        Outputs = outputs;
        Inputs = inputs;
        _forward = _host.Allocate<float>(Panels(outputs) * PanelColumns * inputs);
        _backward = _host.Allocate<float>(Panels(inputs) * PanelColumns * outputs);
    }

    /// <summary>Rows of the weight.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the weight.</summary>
    public int Inputs { get; }

    /// <summary>Panels of Wᵀ: depth = inputs, columns = outputs.</summary>
    internal DeviceSpan<float> ForwardPanels => Packed(_forward);

    /// <summary>Panels of W: depth = outputs, columns = inputs.</summary>
    internal DeviceSpan<float> BackwardPanels => Packed(_backward);

    private int PanelColumns => ProductBlocking.TileColumns((int)_host.Width / 32);

    /// <summary>Takes the weight's values over. Every optimiser step calls this for every weight, so all threads share the work.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <exception cref="ShapeException">It has another size.</exception>
    public void Pack(DeviceSpan<float> weight)
    {
        const string Entry = "MatMul.Pack";
        Contract.Elements(weight, (long)Outputs * Inputs, Entry, nameof(weight), "[outputs, inputs]");
        using var scope = KernelScope.Enter(_host, Entry, 0, 3.0 * sizeof(float) * Outputs * Inputs, new(Outputs, Inputs));
        var kernel = new PackKernel
        {
            Weight = weight.Host,
            Outputs = Outputs,
            Inputs = Inputs,
            Forward = _forward.Host,
            Backward = _backward.Host,
        };
        _host.For((int)(Panels(Outputs) + Panels(Inputs)), kernel);
        _packed = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _forward.Buffer.Dispose();
        _backward.Buffer.Dispose();
    }

    private long Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    private DeviceSpan<float> Packed(DeviceSpan<float> panels) =>
        _packed ? panels : throw new InvalidOperationException($"the weight [{Outputs}, {Inputs}] was never packed");

    // Task i is a panel: those of the forward product first, then those of the backward product.
    private struct PackKernel : ISimdKernel
    {
        public float* Weight;
        public int Outputs;
        public int Inputs;
        public float* Forward;
        public float* Backward;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<S, V>(int from, int to) where S : struct, ISimd<V> where V : unmanaged
        {
            var width = ProductBlocking.TileColumns(S.Lanes);
            var forwardPanels = (Outputs + width - 1) / width;
            for (var task = from; task < to; task++)
            {
                if (task < forwardPanels)
                {
                    var output = task * width;
                    PanelPacking.Transpose<S, V>(
                        Weight + (long)output * Inputs, Inputs, Inputs, Math.Min(width, Outputs - output), Forward + (long)output * Inputs);
                }
                else
                {
                    var input = (task - forwardPanels) * width;
                    PanelPacking.Copy<S, V>(
                        Weight + input, Inputs, Outputs, Math.Min(width, Inputs - input), Backward + (long)input * Outputs);
                }
            }
        }
    }
}
