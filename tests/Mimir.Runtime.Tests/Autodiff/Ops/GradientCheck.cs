using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

/// <summary>Compares an operation's gradients with differences of its forward pass, for every input and parameter: along random
/// directions, of a random linear functional of the output that is summed in float64. Then asks for less and requires the same bits.</summary>
internal sealed class GradientCheck : IDisposable
{
    // Fourth-order central differences: the error of h is h⁴·f⁽⁵⁾, that of float32 values 1e-7·|f|/h, both far below the tolerance.
    private const double Step = 0.02;
    private const int Directions = 3;
    private const double Tolerance = 1e-3; // of the gradient's norm: along a normal direction the derivative is about that norm
    private const float Prefill = 0.25f; // parameter gradients are added to, so they start from something

    private readonly HostDevice _device = new(1);
    private readonly LanePools _pools;
    private readonly Graph _graph;
    private readonly List<(Shape Shape, DeviceSpan<float> Data, DeviceSpan<float> Gradient)> _inputs = [];
    private readonly List<DeviceBuffer> _owned = [];
    private readonly List<Linear> _layers = [];
    private ParameterStore? _store;
    private float[] _functional = [];

    public GradientCheck()
    {
        _pools = new LanePools(_device, 1);
        _graph = new Graph(_pools);
    }

    /// <summary>What the operation under test declares its parameters with.</summary>
    public ParameterStore.Builder Builder { get; } = new();

    /// <summary>For a loss operation, the factor of its gradient; null for one that is given its output's gradient.</summary>
    public float? LossScale { get; init; }

    /// <summary>Declares a linear layer, packed anew whenever parameters change.</summary>
    public Linear Layer(string name, int inputs, int outputs)
    {
        var layer = new Linear(Builder, name, inputs, outputs);
        _layers.Add(layer);
        return layer;
    }

    /// <summary>Adds an input with normal values around <paramref name="mean"/>.</summary>
    public void Input(Shape shape, float mean = 0)
    {
        var values = Array.ConvertAll(SeededValues.Normal(shape.Count, 100 + _inputs.Count), value => value + mean);
        _inputs.Add((shape, Place(values), Place(new float[shape.Count])));
    }

    /// <summary>Copies constants of the operation to the device.</summary>
    public DeviceSpan<T> Place<T>(T[] values) where T : unmanaged
    {
        var span = _device.Allocate<T>(values.Length);
        span.CopyFrom(values);
        _owned.Add(span.Buffer);
        return span;
    }

    /// <summary>Runs the check.</summary>
    /// <param name="apply">Applies the operation to the inputs, in their order.</param>
    public void Run(Func<Graph, Tensor[], Tensor> apply)
    {
        if (_store is null)
        {
            _store = Builder.Build(_device);
            foreach (var parameter in _store.Parameters)
                parameter.Value.CopyFrom(SeededValues.Normal(parameter.Shape.Count, 7 + (int)parameter.Offset, 0.5));
        }

        Pack();
        using var gradients = new Owned(_store.AllocateLike("gradients"));
        gradients.Span.AsSpan().Fill(Prefill);
        var everything = Enumerable.Range(0, _inputs.Count).ToArray();
        Value(apply);
        Backward(apply, everything, gradients.Span);

        var inputGradients = _inputs.Select(input => input.Gradient.ToArray()).ToArray();
        var parameterGradients = gradients.Span.ToArray();
        for (var i = 0; i < _inputs.Count; i++)
            Compare($"input {i}", _inputs[i].Data, inputGradients[i], apply);
        foreach (var parameter in _store.Parameters)
        {
            var mine = parameterGradients.AsSpan((int)parameter.Offset, (int)parameter.Shape.Count).ToArray();
            if (parameter.Trainable)
                Compare(parameter.Name, parameter.Value, Array.ConvertAll(mine, value => value - Prefill), apply);
            else
                Assert.That(mine, Is.All.EqualTo(Prefill), $"{parameter.Name} is fixed");
        }

        for (var i = 0; i < _inputs.Count; i++)
        {
            Backward(apply, [i], default);
            Assert.That(_inputs[i].Gradient.ToArray().Bits(), Is.EqualTo(inputGradients[i].Bits()).AsCollection, $"input {i} asked for alone");
            for (var other = 0; other < _inputs.Count; other++)
            {
                if (other != i)
                    Assert.That(_inputs[other].Gradient.ToArray(), Is.All.NaN, $"input {other} was not asked for");
            }
        }

        if (_store.Parameters.Any(p => p.Trainable))
        {
            gradients.Span.AsSpan().Fill(Prefill);
            Backward(apply, [], gradients.Span);
            Assert.That(gradients.Span.ToArray().Bits(), Is.EqualTo(parameterGradients.Bits()).AsCollection, "parameters asked for alone");
        }

        for (var i = 0; i < 3; i++)
            Backward(apply, everything, gradients.Span);
        var bytes = _pools.Bytes;
        for (var i = 0; i < 3; i++)
        {
            Value(apply);
            Backward(apply, [], default);
            Backward(apply, everything, gradients.Span);
        }

        Assert.That(_pools.Bytes, Is.EqualTo(bytes), "repeated passes take no more memory");
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
        foreach (var buffer in _owned)
            buffer.Dispose();
        _store?.Dispose();
        _pools.Dispose();
        _device.Dispose();
    }

    private void Compare(string what, DeviceSpan<float> place, float[] gradient, Func<Graph, Tensor[], Tensor> apply)
    {
        var norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
        Assert.That(norm, Is.GreaterThan(1e-3).And.LessThan(1e6), $"gradient of {what}");
        var at = place.ToArray();
        for (var direction = 0; direction < Directions; direction++)
        {
            var d = SeededValues.Normal(at.Length, 31 * direction + at.Length);
            var along = 0.0;
            for (var i = 0; i < d.Length; i++)
                along += (double)gradient[i] * d[i];
            var near = ValueAt(1) - ValueAt(-1);
            var far = ValueAt(2) - ValueAt(-2);
            var measured = (8 * near - far) / (12 * Step);
            Assert.That(along, Is.EqualTo(measured).Within(Tolerance * norm), $"{what}, direction {direction}, gradient norm {norm:g4}");

            double ValueAt(int steps)
            {
                var moved = new float[at.Length];
                for (var i = 0; i < at.Length; i++)
                    moved[i] = (float)(at[i] + steps * Step * d[i]);
                place.CopyFrom(moved);
                Pack();
                var value = Value(apply);
                place.CopyFrom(at);
                return value;
            }
        }

        Pack();
    }

    private double Value(Func<Graph, Tensor[], Tensor> apply)
    {
        _graph.Begin();
        var y = apply(_graph, [.. _inputs.Select(input => _graph.Input(input.Data, input.Shape))]);
        Assert.That(y.NeedsGradient, Is.False, "nothing was asked for");
        if (_functional.Length == 0)
            _functional = LossScale is { } scale ? [.. Enumerable.Repeat(scale, (int)y.Shape.Count)] : SeededValues.Normal(y.Shape.Count, 5);
        var values = y.Data.ToArray();
        _graph.End();
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
            sum += (double)_functional[i] * values[i];
        return sum;
    }

    private void Backward(Func<Graph, Tensor[], Tensor> apply, int[] wanted, DeviceSpan<float> parameterGradients)
    {
        foreach (var input in _inputs)
            input.Gradient.AsSpan().Fill(float.NaN);
        _graph.Begin(parameterGradients);
        var inputs = _inputs.Select((input, i) => _graph.Input(input.Data, input.Shape, wanted.Contains(i) ? input.Gradient : default));
        var y = apply(_graph, [.. inputs]);
        if (y.NeedsGradient)
        {
            using var seed = new Owned(_device.Allocate<float>(_functional.Length));
            seed.Span.CopyFrom(_functional);
            _graph.Backward(y, LossScale is null ? seed.Span : default);
        }

        _graph.End();
    }

    private void Pack()
    {
        foreach (var layer in _layers)
            layer.Pack(_device);
    }

    private readonly struct Owned(DeviceSpan<float> span) : IDisposable
    {
        public DeviceSpan<float> Span => span;

        public void Dispose() => span.Buffer.Dispose();
    }
}
