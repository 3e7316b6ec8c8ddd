using Mimir.Kernels.Devices;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class MaskedMseOpTests
{
    [Test]
    public void GradientsAreDerivatives([Values] bool normalise, [Values] bool constantTarget)
    {
        using var check = new GradientCheck { LossScale = 0.3f };
        var mask = check.Place(new[] { 1f, 0, 1, 1, 0, 1, 1, 0 });
        var target = check.Place(SeededValues.Normal(2 * 4 * 12, 3));
        check.Input(new Shape(2, 5, 12));
        if (!constantTarget)
            check.Input(new Shape(2, 4, 12));
        check.Run((graph, x) => MaskedMseOp.Apply(
            graph, x[0], constantTarget ? graph.Input(target, new Shape(2, 4, 12)) : x[1], mask, normalise, 0.3f));
    }

    /// <summary>Target 0..11 over 11, prediction 0.</summary>
    [Test]
    public void NormalisedPatchHasItsKnownLoss()
    {
        using var device = new HostDevice(1);
        using var pools = new LanePools(device, 1);
        var prediction = device.Allocate<float>(24);
        prediction.Clear();
        var target = device.Allocate<float>(12);
        target.CopyFrom([.. Enumerable.Range(0, 12).Select(i => i / 11f)]);
        var mask = device.Allocate<float>(1);
        mask.CopyFrom([1f]);

        var graph = new Graph(pools);
        graph.Begin();
        var losses = MaskedMseOp.Apply(
            graph, graph.Input(prediction, new Shape(1, 2, 12)), graph.Input(target, new Shape(1, 1, 12)), mask, normalise: true, 1f);
        Assert.That(losses.Data.ToArray().Single(), Is.EqualTo(0.9166581348).Within(1e-7));
        graph.End();
        prediction.Buffer.Dispose();
        target.Buffer.Dispose();
        mask.Buffer.Dispose();
    }
}
