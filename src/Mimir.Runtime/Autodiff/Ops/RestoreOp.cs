using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Puts the decoder's tokens back in image order, mask tokens at the gaps, and adds the decoder's positions.</summary>
internal sealed class RestoreOp : Op
{
    private Tensor _tokens = null!;
    private Parameter _maskToken = null!;
    private DeviceSpan<int> _restore;

    /// <param name="graph">The tape.</param>
    /// <param name="tokens">[batch, kept + 1, channels], class token first.</param>
    /// <param name="maskToken">[1, 1, channels].</param>
    /// <param name="positions">[1, patches + 1, channels], a fixed table.</param>
    /// <param name="restore">[batch, patches], place of each patch in the shuffled order.</param>
    /// <returns>[batch, patches + 1, channels].</returns>
    public static Tensor Apply(Graph graph, Tensor tokens, Parameter maskToken, Parameter positions, DeviceSpan<int> restore)
    {
        var (batch, kept, channels) = (tokens.Shape[0], tokens.Shape[1] - 1, tokens.Shape[2]);
        var patches = positions.Shape[1] - 1;
        var y = graph.Rent(new Shape(batch, patches + 1, channels), tokens.NeedsGradient || graph.Wants(maskToken));
        TokenGather.Restore(tokens.Data, maskToken.Value, positions.Value, restore, batch, kept, patches, channels, y.Data);
        if (y.NeedsGradient)
        {
            var op = graph.Record<RestoreOp>(y);
            (op._tokens, op._maskToken, op._restore) = (tokens, maskToken, restore);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (batch, kept, channels) = (_tokens.Shape[0], _tokens.Shape[1] - 1, _tokens.Shape[2]);
        var dTokens = graph.BeginGradient(_tokens);
        TokenGather.RestoreBackward(
            dOutput, _restore, batch, kept, Output.Shape[1] - 1, channels, dTokens, graph.GradientOf(_maskToken));
        graph.EndGradient(_tokens, dTokens);
    }

    public override void Release(Graph graph)
    {
    }
}
