using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class LayerNormOpTests
{
    [TestCase(2, 3, 8)]
    [TestCase(1, 5, 33)]
    public void GradientsAreDerivatives(int batch, int tokens, int channels)
    {
        using var check = new GradientCheck();
        var norm = new Norm(check.Builder, "norm", channels);
        check.Input(new Shape(batch, tokens, channels), mean: 0.5f);
        check.Run((graph, x) => norm.Forward(graph, x[0]));
    }

    [Test]
    public void TheResidualsGradientIsTakenIn()
    {
        // x reaches the sum directly and through the norm, so the norm's backward finds a gradient there already.
        using var check = new GradientCheck();
        var norm = new Norm(check.Builder, "norm", 12);
        var linear = check.Layer("linear", 12, 12);
        check.Input(new Shape(2, 3, 12));
        check.Run((graph, x) => Mimir.Runtime.Autodiff.Ops.LinearOp.Apply(graph, norm.Forward(graph, x[0]), linear, x[0]));
    }
}
