using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class MartLossOpTests
{
    [TestCase(1.5f)]
    [TestCase(6f)]
    public void GradientsAreDerivatives(float beta)
    {
        using var check = new GradientCheck { LossScale = 0.25f };
        var labels = check.Place(new[] { 3, 0, 6, 2 });
        check.Input(new Shape(4, 7));
        check.Input(new Shape(4, 7));
        check.Run((graph, x) => MartLossOp.Apply(graph, x[0], x[1], labels, beta, 0.25f));
    }
}
