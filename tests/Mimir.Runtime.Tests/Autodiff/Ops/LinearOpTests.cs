using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class LinearOpTests
{
    private static readonly float[] s_imageScale = [1.25f, 0, 0.5f];

    [TestCase(7, 5)]
    [TestCase(16, 33)]
    public void GradientsAreDerivatives(int inputs, int outputs)
    {
        using var check = new GradientCheck();
        var layer = check.Layer("layer", inputs, outputs);
        check.Input(new Shape(2, 3, inputs));
        check.Run((graph, x) => LinearOp.Apply(graph, x[0], layer));
    }

    [Test]
    public void OfRowsWithoutTokens()
    {
        using var check = new GradientCheck();
        var layer = check.Layer("layer", 9, 4);
        check.Input(new Shape(5, 9));
        check.Run((graph, x) => LinearOp.Apply(graph, x[0], layer));
    }

    [Test]
    public void WithAResidual()
    {
        using var check = new GradientCheck();
        var layer = check.Layer("layer", 7, 6);
        check.Input(new Shape(3, 2, 7));
        check.Input(new Shape(3, 2, 6));
        check.Run((graph, x) => LinearOp.Apply(graph, x[0], layer, x[1]));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void WithAFactorAnImage(bool residual)
    {
        using var check = new GradientCheck();
        var layer = check.Layer("layer", 7, 6);
        var scale = check.Place(s_imageScale);
        check.Input(new Shape(3, 4, 7));
        if (residual)
            check.Input(new Shape(3, 4, 6));
        check.Run((graph, x) => LinearOp.Apply(graph, x[0], layer, residual ? x[1] : null, scale));
    }

    [Test]
    public void OfAnInputThatIsItsOwnResidual()
    {
        using var check = new GradientCheck();
        var layer = check.Layer("layer", 6, 6);
        var scale = check.Place(s_imageScale);
        check.Input(new Shape(3, 4, 6));
        check.Run((graph, x) => LinearOp.Apply(graph, x[0], layer, x[0], scale));
    }
}
