using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class CrossEntropyOpTests
{
    [TestCase(0f)]
    [TestCase(0.1f)]
    public void GradientsAreDerivatives(float smoothing)
    {
        using var check = new GradientCheck { LossScale = 0.25f };
        var labels = check.Place(new[] { 3, 0, 6, 2 });
        check.Input(new Shape(4, 7));
        check.Run((graph, x) => CrossEntropyOp.Apply(graph, x[0], labels, smoothing, 0.25f));
    }

    /// <summary>Smoothing 0.1 on logits [[2, 0, 0], [0, 1, 0]], labels 0 and 1.</summary>
    [Test]
    public void SmoothedLossHasItsKnownValue()
    {
        using var device = new HostDevice(1);
        using var pools = new LanePools(device, 1);
        var logits = device.Allocate<float>(6);
        logits.CopyFrom([2, 0, 0, 0, 1, 0]);
        var labels = device.Allocate<int>(2);
        labels.CopyFrom([0, 1]);
        var graph = new Graph(pools);
        graph.Begin();
        var losses = CrossEntropyOp.Apply(graph, graph.Input(logits, new Shape(2, 3)), labels, 0.1f, 1f);
        Assert.That(losses.Data.ToArray().Average(value => (double)value), Is.EqualTo(0.4954947401).Within(1e-7));
        graph.End();
        logits.Buffer.Dispose();
        labels.Buffer.Dispose();
    }
}
