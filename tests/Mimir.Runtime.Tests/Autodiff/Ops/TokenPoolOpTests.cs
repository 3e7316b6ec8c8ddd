using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class TokenPoolOpTests
{
    [Test]
    public void GradientsAreDerivatives([Values] PoolKind kind)
    {
        using var check = new GradientCheck();
        check.Input(new Shape(3, 5, 7));
        check.Run((graph, x) => TokenPoolOp.Apply(graph, x[0], kind));
    }
}
