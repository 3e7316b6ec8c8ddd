using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Puts the class token in front and adds each token's position (that of its patch number where patches were dropped).</summary>
internal sealed class EmbedOp : Op
{
    private Tensor _tokens = null!;
    private Parameter _classToken = null!;
    private Parameter _positions = null!;
    private DeviceSpan<int> _ids;

    /// <param name="graph">The tape.</param>
    /// <param name="tokens">[batch, kept, channels].</param>
    /// <param name="classToken">[1, 1, channels].</param>
    /// <param name="positions">[1, patches + 1, channels], the class token's first.</param>
    /// <param name="ids">[batch, kept] patch numbers; empty: all in order.</param>
    /// <returns>[batch, kept + 1, channels].</returns>
    public static Tensor Apply(Graph graph, Tensor tokens, Parameter classToken, Parameter positions, DeviceSpan<int> ids)
    {
        var (batch, kept, channels) = (tokens.Shape[0], tokens.Shape[1], tokens.Shape[2]);
        var patches = positions.Shape[1] - 1;
        var y = graph.Rent(new Shape(batch, kept + 1, channels), tokens.NeedsGradient || graph.Wants(classToken));
        TokenGather.Embed(tokens.Data, classToken.Value, positions.Value, ids, batch, kept, patches, channels, y.Data);
        if (y.NeedsGradient)
        {
            var op = graph.Record<EmbedOp>(y);
            (op._tokens, op._classToken, op._positions, op._ids) = (tokens, classToken, positions, ids);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (batch, kept, channels) = (_tokens.Shape[0], _tokens.Shape[1], _tokens.Shape[2]);
        var dTokens = _tokens.NeedsGradient ? graph.BeginGradient(_tokens) : default;
        TokenGather.EmbedBackward(
            dOutput, _ids, batch, kept, _positions.Shape[1] - 1, channels, dTokens,
            graph.GradientOf(_classToken), graph.GradientOf(_positions));
        if (_tokens.NeedsGradient)
            graph.EndGradient(_tokens, dTokens);
    }

    public override void Release(Graph graph)
    {
    }
}
