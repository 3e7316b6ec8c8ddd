using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Autodiff;

[TestFixture]
internal sealed class GraphTests
{
    private const int Width = 8;

    private HostDevice _device = null!;
    private LanePools _pools = null!;
    private ParameterStore _store = null!;
    private Linear _linear = null!;
    private Norm _norm = null!;
    private DeviceSpan<float> _x;
    private DeviceSpan<float> _dX;
    private DeviceSpan<float> _seed;
    private DeviceSpan<float> _gradients;

    private static Shape Shape => new(2, 3, Width);

    [SetUp]
    public void SetUp()
    {
        _device = new HostDevice(2);
        _pools = new LanePools(_device, _device.Lanes);
        var builder = new ParameterStore.Builder();
        _norm = new Norm(builder, "norm", Width);
        _linear = new Linear(builder, "linear", Width, Width);
        _store = builder.Build(_device);
        _store.Values.CopyFrom(SeededValues.Normal(_store.Values.Length, 1));
        _linear.Pack(_device);
        _x = Place(SeededValues.Normal(Shape.Count, 2));
        _dX = Place(new float[Shape.Count]);
        _seed = Place(SeededValues.Normal(Shape.Count, 3));
        _gradients = _store.AllocateLike("gradients");
    }

    [TearDown]
    public void TearDown()
    {
        foreach (var span in new[] { _x, _dX, _seed, _gradients })
            span.Buffer.Dispose();
        _linear.Dispose();
        _store.Dispose();
        _pools.Dispose();
        _device.Dispose();
    }

    [Test]
    public void ParametersGetNoGradientUnlessThereIsAPlaceForIt()
    {
        var graph = new Graph(_pools);
        Pass(graph, default);
        Assert.That(_dX.ToArray(), Is.All.Not.Zero);
        Assert.That(_gradients.ToArray(), Is.All.Zero);
        Pass(graph, _gradients);
        Assert.That(_gradients.ToArray(), Has.Some.Not.Zero);
    }

    [Test]
    public void TwoLossesAreWalkedBackTogether()
    {
        var graph = new Graph(_pools);
        var labels = _device.Allocate<int>(2);
        labels.CopyFrom([1, 4]);
        var logits = _x.Slice(0, 2 * Width);
        var (both, first, second) = (Losses(3), Losses(1), Losses(2));
        Assert.That(both, Is.EqualTo(first.Zip(second, (a, b) => a + b)).Within(1e-7));
        labels.Buffer.Dispose();

        float[] Losses(int which)
        {
            graph.Begin();
            var x = graph.Input(logits, new Shape(2, Width), _dX.Slice(0, 2 * Width));
            var hard = CrossEntropyOp.Apply(graph, x, labels, 0f, 0.5f);
            var smooth = CrossEntropyOp.Apply(graph, x, labels, 0.5f, 2f);
            if (which == 3)
                graph.Backward(hard, smooth);
            else
                graph.Backward(which == 1 ? hard : smooth);
            graph.End();
            return _dX.Slice(0, 2 * Width).ToArray();
        }
    }

    [Test]
    public void AnInputWithoutDestinationNeedsNoGradient()
    {
        var graph = new Graph(_pools);
        graph.Begin();
        var y = LinearOp.Apply(graph, graph.Input(_x, Shape), _linear);
        Assert.That(y.NeedsGradient, Is.False);
        Assert.That(() => graph.Backward(y, _seed), Throws.InvalidOperationException);
        graph.End();
    }

    [Test]
    public void AnInputUsedTwiceGetsTheSum()
    {
        // The same operation on the same input twice, the first result the second's residual: exactly twice the gradient of one.
        var graph = new Graph(_pools);
        graph.Begin();
        graph.Backward(LinearOp.Apply(graph, graph.Input(_x, Shape, _dX), _linear), _seed);
        graph.End();
        var once = _dX.ToArray();

        graph.Begin();
        var x = graph.Input(_x, Shape, _dX);
        graph.Backward(LinearOp.Apply(graph, x, _linear, LinearOp.Apply(graph, x, _linear)), _seed);
        graph.End();
        Assert.That(_dX.ToArray(), Is.EqualTo(Array.ConvertAll(once, value => 2 * value)).AsCollection);
    }

    [Test]
    public void TheGradientOfTheRootItselfIsTheSeed()
    {
        var graph = new Graph(_pools);
        for (var i = 0; i < 3; i++)
        {
            graph.Begin();
            graph.Backward(graph.Input(_x, Shape, _dX), _seed);
            graph.End();
        }

        Assert.That(_dX.ToArray(), Is.EqualTo(_seed.ToArray()).AsCollection);
        Assert.That(_pools.Bytes, Is.LessThanOrEqualTo(Shape.Count * sizeof(float)));
    }

    [Test]
    public void MemoryComesBackAtTheEndOfEveryPass([Values] bool weights, [Values] bool backward)
    {
        var graph = new Graph(_pools);
        Pass(graph, weights ? _gradients : default, backward);
        var bytes = _pools.Bytes;
        for (var i = 0; i < 5; i++)
            Pass(graph, weights ? _gradients : default, backward);
        Assert.That(_pools.Bytes, Is.EqualTo(bytes));
    }

    [Test]
    public void DroppedMemoryIsUsedAgainInTheSamePass()
    {
        var graph = new Graph(_pools);
        graph.Begin();
        var first = LinearOp.Apply(graph, graph.Input(_x, Shape), _linear);
        var second = LinearOp.Apply(graph, first, _linear);
        var place = first.Data;
        graph.Drop(first);
        Assert.That(first.Data.IsEmpty);
        var third = LinearOp.Apply(graph, second, _linear);
        Assert.That((third.Data.Buffer, third.Data.Offset), Is.EqualTo((place.Buffer, place.Offset)));
        graph.End();
    }

    [Test]
    public void DroppedMemoryThatTheWalkBackReadsIsKept()
    {
        var graph = new Graph(_pools);
        graph.Begin(_gradients);
        var first = LinearOp.Apply(graph, graph.Input(_x, Shape), _linear);
        var second = LinearOp.Apply(graph, first, _linear);
        graph.Drop(first);
        Assert.That(first.Data.IsEmpty, Is.False);
        graph.Backward(second, _seed);
        Assert.That(first.Data.IsEmpty);
        graph.End();
    }

    [Test]
    public void APassMustEndBeforeTheNext()
    {
        var graph = new Graph(_pools);
        graph.Begin();
        graph.Input(_x, Shape);
        Assert.That(() => graph.Begin(), Throws.InvalidOperationException);
        graph.End();
        Assert.That(() => graph.Begin(), Throws.Nothing);
    }

    [Test]
    public void InputsMustFitTheirShape()
    {
        var graph = new Graph(_pools);
        Assert.That(() => graph.Input(_x, new Shape(2, 3, Width + 1)), Throws.TypeOf<ShapeException>());
        Assert.That(() => graph.Input(_x, Shape, _dX.Slice(1, 7)), Throws.TypeOf<ShapeException>());
    }

    [Test]
    public void EndAfterAFailedPassLeavesTheMemorySound()
    {
        var graph = new Graph(_pools);
        Pass(graph, _gradients);
        var bytes = _pools.Bytes;
        _gradients.Clear();
        Pass(graph, _gradients);
        var (expected, expectedWeights) = (_dX.ToArray(), _gradients.ToArray());
        for (var i = 0; i < 3; i++)
        {
            // The walk back passes two operations, which give their memory back, and fails at the third.
            graph.Begin(_gradients);
            var broken = FailingOp.Apply(graph, graph.Input(_x, Shape, _dX));
            var y = LinearOp.Apply(graph, _norm.Forward(graph, broken), _linear, broken);
            Assert.That(() => graph.Backward(y, _seed), Throws.TypeOf<NotFiniteNumberException>());
            graph.End();
        }

        // A block given back twice would now serve two tensors at once.
        _gradients.Clear();
        Pass(graph, _gradients);
        Assert.That(_dX.ToArray(), Is.EqualTo(expected).AsCollection);
        Assert.That(_gradients.ToArray(), Is.EqualTo(expectedWeights).AsCollection);
        Assert.That(_pools.Bytes, Is.LessThanOrEqualTo(bytes + Shape.Count * sizeof(float)), "the failing operation's own output");

        graph.Begin();
        foreach (var shape in new[] { Shape, new Shape(Shape.Rows) }) // activations; means and deviations of the norm
            Assert.That(Enumerable.Range(0, 20).Select(_ => graph.Rent(shape, needsGradient: false).Data).Select(data => (data.Buffer, data.Offset)), Is.Unique, $"{shape}");
        graph.End();
    }

    [Test]
    public void GraphsStandSideBySideOnTheirLanes()
    {
        Pass(new Graph(_pools), default);
        var expected = _dX.ToArray();
        var work = new SideBySide(this, graphs: 6);
        for (var i = 0; i < 20; i++)
            _device.Run(work, work.Count);
        foreach (var gradient in work.Gradients)
        {
            Assert.That(gradient.ToArray(), Is.EqualTo(expected).AsCollection);
            gradient.Buffer.Dispose();
        }
    }

    private void Pass(Graph graph, DeviceSpan<float> gradients, bool backward = true)
    {
        graph.Begin(gradients);
        var x = graph.Input(_x, Shape, _dX);
        Walk(graph, x, backward);
        graph.End();
    }

    private void Walk(Graph graph, Tensor x, bool backward)
    {
        var normed = _norm.Forward(graph, x);
        var y = LinearOp.Apply(graph, normed, _linear, x);
        graph.Drop(normed);
        var z = MlpOp.Apply(graph, y, _linear, _linear, y);
        graph.Drop(y);
        if (backward)
            graph.Backward(z, _seed);
    }

    private DeviceSpan<float> Place(float[] values)
    {
        var span = _device.Allocate<float>(values.Length);
        span.CopyFrom(values);
        return span;
    }

    /// <summary>Each task keeps two graphs open at once, on whichever lane it runs.</summary>
    private sealed class SideBySide(GraphTests test, int graphs) : ITeamWork
    {
        private readonly Graph[] _first = [.. Enumerable.Range(0, graphs).Select(_ => new Graph(test._pools))];
        private readonly Graph[] _second = [.. Enumerable.Range(0, graphs).Select(_ => new Graph(test._pools))];

        public int Count => graphs;

        public DeviceSpan<float>[] Gradients { get; } = [.. Enumerable.Range(0, 2 * graphs).Select(_ => test.Place(new float[Shape.Count]))];

        public void Run(int task, int lane)
        {
            var (first, second) = (_first[task], _second[task]);
            first.Begin();
            var x = first.Input(test._x, Shape, Gradients[2 * task]);
            second.Begin();
            test.Walk(second, second.Input(test._x, Shape, Gradients[2 * task + 1]), backward: true);
            test.Walk(first, x, backward: true);
            second.End();
            first.End();
        }
    }

    private sealed class FailingOp : Op
    {
        private Tensor _x = null!;

        public static Tensor Apply(Graph graph, Tensor x)
        {
            var y = graph.Rent(x.Shape, needsGradient: true);
            y.Data.CopyFrom(x.Data.ToArray());
            graph.Record<FailingOp>(y)._x = graph.Keep(x);
            return y;
        }

        public override void Backward(Graph graph, DeviceSpan<float> dOutput) => throw new NotFiniteNumberException();

        public override void Release(Graph graph) => graph.Forgo(_x);
    }
}
