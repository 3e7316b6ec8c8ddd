using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class KlDivergenceOpTests
{
    [Test]
    public void GradientsAreDerivatives()
    {
        using var check = new GradientCheck { LossScale = 0.25f };
        check.Input(new Shape(4, 7));
        check.Input(new Shape(4, 7));
        check.Run((graph, x) => KlDivergenceOp.Apply(graph, x[0], x[1], 0.25f));
    }

    /// <summary>f(x) = [[2, 0, 0], [0, 1, 0]], f(x') = [[1, 0, −1], [0.2, 0.1, 0.5]], labels 0 and 1.</summary>
    [Test]
    public void TradesHasItsKnownValue()
    {
        using var device = new HostDevice(1);
        using var pools = new LanePools(device, 1);
        var (natural, attacked, labels) = (device.Allocate<float>(6), device.Allocate<float>(6), device.Allocate<int>(2));
        natural.CopyFrom([2, 0, 0, 0, 1, 0]);
        attacked.CopyFrom([1, 0, -1, 0.2f, 0.1f, 0.5f]);
        labels.CopyFrom([0, 1]);
        var graph = new Graph(pools);
        graph.Begin();
        var (p, q) = (graph.Input(natural, new Shape(2, 3)), graph.Input(attacked, new Shape(2, 3)));
        var divergence = KlDivergenceOp.Apply(graph, p, q, 1f).Data.ToArray().Sum(value => (double)value);
        var entropy = CrossEntropyOp.Apply(graph, p, labels, 0f, 1f).Data.ToArray().Average(value => (double)value);
        graph.End();
        Assert.That(divergence, Is.EqualTo(0.2603545570).Within(1e-7));
        Assert.That(entropy + 6 * divergence / 2, Is.EqualTo(1.1765584111).Within(1e-6));
        natural.Buffer.Dispose();
        attacked.Buffer.Dispose();
        labels.Buffer.Dispose();
    }
}
