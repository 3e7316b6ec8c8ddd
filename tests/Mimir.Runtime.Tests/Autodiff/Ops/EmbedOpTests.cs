using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class EmbedOpTests
{
    private const int Patches = 6;
    private const int Channels = 5;

    [Test]
    public void GradientsAreDerivatives([Values] bool some, [Values] bool trainedPositions)
    {
        using var check = new GradientCheck();
        var classToken = check.Builder.Add("cls_token", new Shape(1, 1, Channels));
        var positions = check.Builder.Add("pos_embed", new Shape(1, Patches + 1, Channels), trainedPositions);
        var ids = some ? check.Place(new[] { 5, 0, 3, 1, 2, 4 }) : default;
        check.Input(new Shape(2, some ? 3 : Patches, Channels));
        check.Run((graph, x) => EmbedOp.Apply(graph, x[0], classToken, positions, ids));
    }
}
