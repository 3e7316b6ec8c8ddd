using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class MlpOpTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void GradientsAreDerivatives(bool scaled)
    {
        using var check = new GradientCheck();
        var first = check.Layer("fc1", 6, 17);
        var second = check.Layer("fc2", 17, 5);
        var scale = scaled ? check.Place(new[] { 0f, 1.5f, 0.75f }) : default;
        check.Input(new Shape(3, 4, 6));
        check.Input(new Shape(3, 4, 5));
        check.Run((graph, x) => MlpOp.Apply(graph, x[0], first, second, x[1], scale));
    }

    [Test]
    public void OfAnInputThatIsItsOwnResidual()
    {
        using var check = new GradientCheck();
        var first = check.Layer("fc1", 6, 8);
        var second = check.Layer("fc2", 8, 6);
        check.Input(new Shape(2, 3, 6));
        check.Run((graph, x) => MlpOp.Apply(graph, x[0], first, second, x[0]));
    }
}
