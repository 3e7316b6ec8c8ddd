using Mimir.Kernels;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Autodiff.Ops;

/// <summary>Scaled dot-product self-attention of all heads (Vaswani et al. 2017, eq. 1); keeps log-sum-exp instead of the T x T weights.</summary>
internal sealed class AttentionOp : Op
{
    private Tensor _qkv = null!;
    private int _heads;
    private DeviceSpan<float> _logSumExp;

    /// <param name="graph">The tape.</param>
    /// <param name="qkv">[batch, tokens, 3·channels]: queries of all heads, then keys, then values.</param>
    /// <param name="heads">Divides channels.</param>
    /// <returns>[batch, tokens, channels].</returns>
    public static Tensor Apply(Graph graph, Tensor qkv, int heads)
    {
        var (batch, tokens, channels) = (qkv.Shape[0], qkv.Shape[1], qkv.Shape[2] / 3);
        var y = graph.Rent(new Shape(batch, tokens, channels), qkv.NeedsGradient);
        var logSumExp = graph.Rent((long)batch * heads * tokens);
        Attention.Forward(qkv.Data, batch, tokens, heads, channels / heads, y.Data, logSumExp);
        if (y.NeedsGradient)
        {
            var op = graph.Record<AttentionOp>(y);
            (op._qkv, op._heads, op._logSumExp) = (graph.Keep(qkv), heads, logSumExp);
            graph.Keep(y);
        }
        else
        {
            graph.Return(logSumExp);
        }

        return y;
    }

    public override void Backward(Graph graph, DeviceSpan<float> dOutput)
    {
        var (batch, tokens, channels) = (Output.Shape[0], Output.Shape[1], Output.Shape[2]);
        var dQkv = graph.BeginGradient(_qkv);
        Attention.Backward(dOutput, _qkv.Data, Output.Data, _logSumExp, batch, tokens, _heads, channels / _heads, dQkv);
        graph.EndGradient(_qkv, dQkv);
    }

    public override void Release(Graph graph)
    {
        graph.Return(_logSumExp);
        graph.Forgo(_qkv);
        graph.Forgo(Output);
    }
}
