using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;

namespace Mimir.Runtime.Tests.Autodiff.Ops;

[TestFixture]
internal sealed class RestoreOpTests
{
    [Test]
    public void GradientsAreDerivatives()
    {
        const int patches = 4;
        const int channels = 5;
        using var check = new GradientCheck();
        var maskToken = check.Builder.Add("mask_token", new Shape(1, 1, channels));
        var positions = check.Builder.Add("decoder_pos_embed", new Shape(1, patches + 1, channels), trainable: false);
        var restore = check.Place(new[] { 2, 0, 3, 1, 1, 2, 0, 3 });
        check.Input(new Shape(2, 2 + 1, channels));
        check.Run((graph, x) => RestoreOp.Apply(graph, x[0], maskToken, positions, restore));
    }
}
