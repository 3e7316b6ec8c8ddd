using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff;

/// <summary>The tape of one forward pass over one micro-batch, and the walk back. It owns the intermediates and gives them to a pool at
/// <see cref="End"/>. Gradients go only where they were asked for: to inputs that name a destination, and to parameters when
/// <see cref="Begin"/> is given a place for them. An attack gives none, so nothing is computed or kept for weights.
/// A graph belongs to one lane at a time and may live beside any number of others.</summary>
public sealed class Graph(LanePools memory)
{
    private readonly List<Tensor> _tensors = [];
    private readonly List<Op> _tape = [];
    private readonly Dictionary<Type, Stack<Op>> _idle = [];
    private DeviceSpan<float>[] _gradients = new DeviceSpan<float>[64];
    private DeviceSpan<float> _parameterGradients;
    private int _count;

    /// <summary>Starts a forward pass.</summary>
    /// <param name="parameterGradients">Flat array with the layout of the model's store; gradients are added to it.
    /// Empty: no parameter gets a gradient.</param>
    public void Begin(DeviceSpan<float> parameterGradients = default)
    {
        if (_count > 0)
            throw new InvalidOperationException("the graph still holds a pass; End it first");
        _parameterGradients = parameterGradients;
    }

    /// <summary>Brings an array of the caller's onto the tape.</summary>
    /// <param name="data">The values; they must stay as they are until the graph ends.</param>
    /// <param name="shape">Their sizes.</param>
    /// <param name="gradient">Where its gradient goes (overwritten); empty when none is wanted.</param>
    public Tensor Input(DeviceSpan<float> data, Shape shape, DeviceSpan<float> gradient = default)
    {
        if (data.Length != shape.Count || (!gradient.IsEmpty && gradient.Length != shape.Count))
            throw new ShapeException($"Graph.Input: {data.Length} values and {gradient.Length} gradients for {shape}");
        var tensor = NextTensor(shape);
        tensor.Data = data;
        tensor.IsLeaf = true;
        tensor.GradientDestination = gradient;
        tensor.NeedsGradient = !gradient.IsEmpty;
        return tensor;
    }

    /// <summary>Walks from <paramref name="root"/> back to everything that was asked for.</summary>
    /// <param name="root">A loss, or any tensor together with its gradient.</param>
    /// <param name="seed">Gradient of <paramref name="root"/>; empty for a loss operation, which knows its own.</param>
    public void Backward(Tensor root, DeviceSpan<float> seed = default)
    {
        if (!seed.IsEmpty && root.NeedsGradient)
            Elementwise.Copy(seed, BeginGradient(root));
        Walk(root, root);
    }

    /// <summary>Walks from the sum of two loss operations back to everything that was asked for.</summary>
    public void Backward(Tensor loss, Tensor otherLoss) => Walk(loss, otherLoss);

    private void Walk(Tensor root, Tensor otherRoot)
    {
        if (!root.NeedsGradient || !otherRoot.NeedsGradient)
            throw new InvalidOperationException("nothing asked for depends on this tensor");
        for (var i = _tape.Count - 1; i >= 0; i--)
        {
            var op = _tape[i];
            var index = op.Output.Index;
            var gradient = _gradients[index];
            if (!gradient.IsEmpty || op.Output == root || op.Output == otherRoot)
            {
                op.Backward(this, gradient);
                if (!_gradients[index].IsEmpty)
                    memory.Return(_gradients[index]);
                _gradients[index] = default;
            }

            _tape.RemoveAt(i); // before it retires: if a later one throws, End must not release this one again
            Retire(op);
        }
    }

    /// <summary>Says that the forward pass reads a tensor no more: its memory goes back unless an operation keeps it.</summary>
    public void Drop(Tensor tensor)
    {
        tensor.Dropped = true;
        FreeIfUnused(tensor);
    }

    /// <summary>Ends the pass: all intermediates go back to the pool, all tensors become invalid.</summary>
    public void End()
    {
        foreach (var op in _tape)
            Retire(op);
        _tape.Clear();
        for (var i = 0; i < _count; i++)
        {
            var tensor = _tensors[i];
            tensor.Keepers = 0;
            tensor.Dropped = true;
            FreeIfUnused(tensor);
            if (!_gradients[i].IsEmpty && !tensor.IsLeaf)
                memory.Return(_gradients[i]);
            _gradients[i] = default;
        }

        _count = 0;
    }

    /// <summary>A new intermediate, content undefined.</summary>
    internal Tensor Rent(Shape shape, bool needsGradient)
    {
        var tensor = NextTensor(shape);
        tensor.Data = memory.Rent(shape.Count);
        tensor.IsLeaf = false;
        tensor.GradientDestination = default;
        tensor.NeedsGradient = needsGradient;
        return tensor;
    }

    /// <summary>Room for something an operation keeps or needs for a moment.</summary>
    internal DeviceSpan<float> Rent(long count) => memory.Rent(count);

    /// <summary>Gives such room back; the empty span is ignored.</summary>
    internal void Return(DeviceSpan<float> span)
    {
        if (!span.IsEmpty)
            memory.Return(span);
    }

    /// <summary>Puts an operation on the tape.</summary>
    internal T Record<T>(Tensor output) where T : Op, new()
    {
        var op = _idle.TryGetValue(typeof(T), out var idle) && idle.TryPop(out var used) ? (T)used : new T();
        op.Output = output;
        _tape.Add(op);
        return op;
    }

    /// <summary>Holds a tensor's values until the recording operation is released.</summary>
    internal Tensor Keep(Tensor tensor)
    {
        tensor.Keepers++;
        return tensor;
    }

    /// <summary>The counterpart of <see cref="Keep"/>.</summary>
    internal void Forgo(Tensor tensor)
    {
        tensor.Keepers--;
        FreeIfUnused(tensor);
    }

    /// <summary>Whether a parameter gets a gradient in this pass.</summary>
    internal bool Wants(Parameter parameter) => parameter.Trainable && !_parameterGradients.IsEmpty;

    /// <summary>Where to add a parameter's gradient; empty when it gets none.</summary>
    internal DeviceSpan<float> GradientOf(Parameter parameter) =>
        Wants(parameter) ? _parameterGradients.Slice(parameter.Offset, parameter.Shape.Count) : default;

    /// <summary>The gradient that later operations have already left for a tensor; empty if none has.</summary>
    internal DeviceSpan<float> GradientSoFar(Tensor tensor) => _gradients[tensor.Index];

    /// <summary>Where an operation writes an input's gradient. If there is one already the room is fresh, and <see cref="EndGradient"/> adds;
    /// if none is wanted the room is for a kernel that writes it all the same.</summary>
    internal DeviceSpan<float> BeginGradient(Tensor tensor) => tensor.NeedsGradient && _gradients[tensor.Index].IsEmpty
        ? _gradients[tensor.Index] = PlaceFor(tensor)
        : memory.Rent(tensor.Shape.Count);

    /// <summary>Takes the gradient written to what <see cref="BeginGradient"/> gave.</summary>
    internal void EndGradient(Tensor tensor, DeviceSpan<float> written)
    {
        var kept = _gradients[tensor.Index];
        if (tensor.NeedsGradient)
        {
            if (kept.Buffer == written.Buffer && kept.Offset == written.Offset)
                return;
            Reduce.AddInto(written, kept);
        }

        memory.Return(written);
    }

    /// <summary>Hands the output's gradient on to an input that the operation adds unchanged (a residual). Where possible the memory
    /// itself moves, so the operation must be through with everything else first.</summary>
    internal void PassGradient(Tensor output, Tensor input)
    {
        var gradient = _gradients[output.Index];
        if (!_gradients[input.Index].IsEmpty)
        {
            Reduce.AddInto(gradient, _gradients[input.Index]);
        }
        else if (input.IsLeaf)
        {
            _gradients[input.Index] = input.GradientDestination;
            Elementwise.Copy(gradient, input.GradientDestination);
        }
        else
        {
            _gradients[input.Index] = gradient;
            _gradients[output.Index] = default;
        }
    }

    private DeviceSpan<float> PlaceFor(Tensor tensor) => tensor.IsLeaf ? tensor.GradientDestination : memory.Rent(tensor.Shape.Count);

    private Tensor NextTensor(Shape shape)
    {
        if (_count == _tensors.Count)
            _tensors.Add(new Tensor(_count));
        if (_count == _gradients.Length)
            Array.Resize(ref _gradients, 2 * _gradients.Length);
        var tensor = _tensors[_count++];
        tensor.Shape = shape;
        tensor.Keepers = 0;
        tensor.Dropped = false;
        return tensor;
    }

    private void FreeIfUnused(Tensor tensor)
    {
        if (tensor is { Dropped: true, Keepers: 0, IsLeaf: false, Data.IsEmpty: false })
        {
            memory.Return(tensor.Data);
            tensor.Data = default;
        }
    }

    private void Retire(Op op)
    {
        op.Release(this);
        if (!_idle.TryGetValue(op.GetType(), out var idle))
            _idle[op.GetType()] = idle = new Stack<Op>();
        idle.Push(op);
    }
}
