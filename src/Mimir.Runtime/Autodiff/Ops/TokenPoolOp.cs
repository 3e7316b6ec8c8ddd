using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>One vector an image: the mean of the patch tokens, or the class token.</summary>
internal sealed class TokenPoolOp : Op
{
    private Tensor _x = null!;
    private PoolKind _kind;

    /// <param name="graph">The tape.</param>
    /// <param name="x">[batch, tokens, channels], class token first.</param>
    /// <param name="kind">Which vector.</param>
    /// <returns>[batch, channels].</returns>
    public static Tensor Apply(Graph graph, Tensor x, PoolKind kind)
    {
        var (batch, tokens, channels) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        var y = graph.Rent(new Shape(batch, channels), x.NeedsGradient);
        if (kind == PoolKind.Mean)
            TokenPool.Mean(x.Data, batch, tokens, channels, y.Data);
        else
            TokenPool.Class(x.Data, batch, tokens, channels, y.Data);
        if (y.NeedsGradient)
        {
            var op = graph.Record<TokenPoolOp>(y);
            (op._x, op._kind) = (x, kind);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (batch, tokens, channels) = (_x.Shape[0], _x.Shape[1], _x.Shape[2]);
        var dX = graph.BeginGradient(_x);
        if (_kind == PoolKind.Mean)
            TokenPool.MeanBackward(dOutput, batch, tokens, channels, dX);
        else
            TokenPool.ClassBackward(dOutput, batch, tokens, channels, dX);
        graph.EndGradient(_x, dX);
    }

    public override void Release(Graph graph)
    {
    }
}
