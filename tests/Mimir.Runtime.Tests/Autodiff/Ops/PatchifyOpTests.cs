using Mimir.Kernels;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class PatchifyOpTests
{
    [Test]
    public void GradientsAreDerivatives([Values] PatchOrder order, [Values] bool some)
    {
        using var check = new GradientCheck();
        var ids = some ? check.Place(new[] { 5, 0, 3, 1, 2, 4 }) : default;
        check.Input(new Shape(2, 3, 4, 6));
        check.Run((graph, x) => PatchifyOp.Apply(graph, x[0], 2, ids, some ? 3 : 6, order));
    }
}
