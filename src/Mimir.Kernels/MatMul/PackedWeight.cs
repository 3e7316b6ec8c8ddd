using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

/// <summary>A linear layer's weight in the layouts that <see cref="MatMul.Forward"/> and <see cref="MatMul.BackwardInput"/> read.
/// On the host it holds copies: after the weight changes it must be packed again. A GPU's kernels read the weight as it lies, so there it only
/// remembers where that is. Owned by whoever made it.</summary>
public sealed unsafe class PackedWeight : IDisposable
{
    private readonly HostDevice? _host;
    private readonly DeviceSpan<float> _forward;
    private readonly DeviceSpan<float> _backward;
    private DeviceSpan<float> _weight;
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
        (Outputs, Inputs) = (outputs, inputs);
        if (device is PtxDevice)
            return;
        _host = device as HostDevice ?? throw new NotSupportedException($"{Entry} has no form for {device.Id}");
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

    /// <summary>The weight itself, [outputs, inputs]; on a GPU.</summary>
    internal DeviceSpan<float> Weight => Packed(_weight);

    private int PanelColumns => ProductBlocking.TileColumns((int)_host!.Width / 32);

    /// <summary>Takes the weight's values over. Every optimiser step calls this for every weight, so all threads share the work.</summary>
    /// <param name="weight">[outputs, inputs].</param>
    /// <exception cref="ShapeException">It has another size.</exception>
    public void Pack(DeviceSpan<float> weight)
    {
        const string Entry = "MatMul.Pack";
        Contract.Elements(weight, (long)Outputs * Inputs, Entry, nameof(weight), "[outputs, inputs]");
        _packed = true;
        if (_host is null)
        {
            _weight = weight;
            return;
        }

        using var scope = KernelScope.Enter(_host, Entry, 0, 3.0 * sizeof(float) * Outputs * Inputs, new(Outputs, Inputs));
        var kernel = new PackKernel
        {
            Weight = weight.Host,
            Outputs = Outputs,
            Inputs = Inputs,
            Forward = _forward.Host,
            Backward = _backward.Host,
        };
        _host.For(checked((int)(Panels(Outputs) * Panels(Inputs))), kernel);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_host is null)
            return;
        _forward.Buffer.Dispose();
        _backward.Buffer.Dispose();
    }

    private long Panels(int columns) => (columns + PanelColumns - 1) / PanelColumns;

    private DeviceSpan<float> Packed(DeviceSpan<float> panels) =>
        _packed ? panels : throw new InvalidOperationException($"the weight [{Outputs}, {Inputs}] was never packed");

    // A task is a square tile of the weight, as wide as a panel: it is read once and gives one long run of a backward and of a forward
    // panel. What a step packs is far larger than the caches, so the runs go past them: a usual store would first read its lines.
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
            var across = (Inputs + width - 1) / width;
            var tile = LaneScratch.Floats(ScratchSlot.MatMulTile, 2L * width * width);
            var transposed = tile + width * width;
            for (var task = from; task < to; task++)
            {
                var (output, input) = (task / across * width, task % across * width);
                var (rows, columns) = (Math.Min(width, Outputs - output), Math.Min(width, Inputs - input));
                PanelPacking.Copy<S, V>(Weight + (long)output * Inputs + input, Inputs, rows, columns, tile);
                PanelPacking.Transpose<S, V>(tile, width, columns, rows, transposed);
                Stream<S, V>(tile, Backward + (long)input * Outputs + (long)output * width, rows * width);
                Stream<S, V>(transposed, Forward + (long)output * Inputs + (long)input * width, columns * width);
            }

            if (Sse.IsSupported)
                Sse.StoreFence(); // streamed stores reach other threads in any order until then
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Stream<S, V>(float* source, float* destination, int count) where S : struct, ISimd<V> where V : unmanaged
        {
            for (var i = 0; i < count; i += S.Lanes)
                S.StoreStreaming(destination + i, S.Load(source + i));
        }
    }
}
