using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class AttentionOpTests
{
    [TestCase(2, 5, 3, 4)]
    [TestCase(1, 17, 2, 8)]
    [TestCase(3, 1, 1, 4)]
    public void GradientsAreDerivatives(int batch, int tokens, int heads, int headSize)
    {
        using var check = new GradientCheck();
        check.Input(new Shape(batch, tokens, 3 * heads * headSize));
        check.Run((graph, x) => AttentionOp.Apply(graph, x[0], heads));
    }
}
